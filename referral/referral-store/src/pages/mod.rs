//! What the recruiting pages read, and the little that they write: feedback, and who saw whose personal data.

pub mod explain;
pub mod feedback;
pub mod people;
pub mod positions;
pub mod quality;
pub mod volumes;

/// What `LIKE` compares with so that a text is found anywhere; nothing for an empty one. Its escape is `!`.
fn anywhere(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let mut pattern = "%".to_owned();
    for character in text.to_lowercase().chars() {
        if matches!(character, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_like_takes_for_more_than_itself_is_escaped() {
        assert_eq!(anywhere(""), "");
        assert_eq!(anywhere("50%_Off!"), "%50!%!_off!!%");
    }
}
