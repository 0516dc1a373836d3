SELECT name, age FROM people WHERE age >= {{ params.least }} ORDER BY age
