//! The fields that are never asked for, sorted by or searched in.

use crate::error::FieldError;

/// Protected attributes and identity numbers. They are compared without regard to case.
const FORBIDDEN: [&str; 8] = [
    "ssn",
    "password",
    "dateOfBirth",
    "gender",
    "ethnicity",
    "disability",
    "veteran",
    "taxID",
];

/// Tax fields start with one of these, followed by a capital letter (`federalExemptions`); `state` alone is part of an
/// address.
const TAX_PREFIXES: [&str; 3] = ["federal", "state", "local"];

/// Checks one field name: no wildcard, a plain name, and none of the forbidden ones.
///
/// # Errors
/// [`FieldError::Everything`], [`FieldError::NotAName`] or [`FieldError::Forbidden`]; all are final.
pub(crate) fn check_name(name: &str) -> Result<(), FieldError> {
    if name.contains('*') {
        return Err(FieldError::Everything);
    }
    let plain = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !plain {
        return Err(FieldError::NotAName {
            name: name.to_owned(),
        });
    }
    if is_forbidden(name) {
        return Err(FieldError::Forbidden {
            name: name.to_owned(),
        });
    }
    Ok(())
}

fn is_forbidden(name: &str) -> bool {
    FORBIDDEN
        .iter()
        .any(|forbidden| forbidden.eq_ignore_ascii_case(name))
        || TAX_PREFIXES.iter().any(|prefix| {
            name.strip_prefix(prefix)
                .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protected_attributes_and_tax_fields_are_refused_and_addresses_are_not() {
        for name in [
            "ssn",
            "SSN",
            "dateOfBirth",
            "Gender",
            "taxId",
            "federalExemptions",
            "stateFilingStatus",
            "localExemptions",
        ] {
            assert_eq!(
                check_name(name),
                Err(FieldError::Forbidden {
                    name: name.to_owned()
                })
            );
        }
        for name in [
            "id",
            "state",
            "status",
            "customText1",
            "skillSet",
            "statement",
            "correlatedCustomText1",
        ] {
            assert_eq!(check_name(name), Ok(()));
        }
    }

    #[test]
    fn wildcards_and_anything_but_a_name_are_refused() {
        for name in ["*", "custom*"] {
            assert_eq!(check_name(name), Err(FieldError::Everything));
        }
        for name in ["", "a b", "a,b", "a(b)", "1a", "owner.id", "naïve"] {
            assert_eq!(
                check_name(name),
                Err(FieldError::NotAName {
                    name: name.to_owned()
                })
            );
        }
    }
}
