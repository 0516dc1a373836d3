//! When two names mean the same skill.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Short names and the folded long name that they are compared as, sorted by the first.
///
/// The sync unifies names as it reads them; these are the abbreviations that also records from elsewhere use.
const SHORT_NAMES: &[(&str, &str)] = &[
    ("amazonwebservices", "aws"),
    ("autodeskautocad", "autocad"),
    ("csharp", "c#"),
    ("dotnet", "net"),
    ("electronicmedicalrecords", "electronichealthrecords"),
    ("excel", "microsoftexcel"),
    ("gcp", "googlecloud"),
    ("golang", "go"),
    ("googlecloudplatform", "googlecloud"),
    ("js", "javascript"),
    ("k8s", "kubernetes"),
    ("msaccess", "microsoftaccess"),
    ("msexcel", "microsoftexcel"),
    ("msoffice", "microsoftoffice"),
    ("msoutlook", "microsoftoutlook"),
    ("mspowerpoint", "microsoftpowerpoint"),
    ("msproject", "microsoftproject"),
    ("mssqlserver", "microsoftsqlserver"),
    ("msword", "microsoftword"),
    ("nodejs", "node"),
    ("postgres", "postgresql"),
    ("powerpoint", "microsoftpowerpoint"),
    ("reactjs", "react"),
    ("ts", "typescript"),
    ("vuejs", "vue"),
];

/// What a skill's name is compared by: lower case, letters, digits, `+` and `#` only, abbreviations written out.
///
/// `Node.js`, `node js` and `NodeJS` are one skill; `C`, `C++` and `C#` are three. Empty when the name has none of these
/// characters.
pub fn skill_key(name: &str) -> String {
    static LONG_NAMES: LazyLock<HashMap<&str, &str>> =
        LazyLock::new(|| SHORT_NAMES.iter().copied().collect());
    let meaningful = |character: &char| character.is_alphanumeric() || matches!(character, '+' | '#');
    let folded: String = name
        .chars()
        .flat_map(char::to_lowercase)
        .filter(meaningful)
        .collect();
    match LONG_NAMES.get(folded.as_str()) {
        Some(long) => (*long).to_owned(),
        None => folded,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_of_one_skill_are_equal() {
        for spellings in [
            &["Node.js", "node js", "NodeJS", "node"][..],
            &["MS Excel", "Microsoft Excel", "excel"],
            &["CI/CD", "ci cd", "CICD"],
            &["K8s", "Kubernetes"],
            &["C#", "C sharp", "c-sharp"],
        ] {
            let keys: Vec<String> = spellings.iter().map(|name| skill_key(name)).collect();
            assert!(
                keys.windows(2).all(|pair| pair[0] == pair[1]),
                "{spellings:?}: {keys:?}"
            );
        }
    }

    #[test]
    fn different_skills_stay_different() {
        let keys: std::collections::BTreeSet<String> = [
            "C",
            "C++",
            "C#",
            "Java",
            "JavaScript",
            "R",
            "Go",
            ".NET",
            "TIG welding",
        ]
        .iter()
        .map(|name| skill_key(name))
        .collect();
        assert_eq!(keys.len(), 9);
        assert_eq!(skill_key(" - "), "");
    }

    #[test]
    fn the_table_is_sorted_and_leads_nowhere_else() {
        assert!(SHORT_NAMES.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(
            SHORT_NAMES
                .iter()
                .all(|(_, long)| SHORT_NAMES.iter().all(|(short, _)| short != long))
        );
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(name in "\\PC{0,30}") {
            let once = skill_key(&name);
            prop_assert_eq!(skill_key(&once), once);
        }
    }
}
