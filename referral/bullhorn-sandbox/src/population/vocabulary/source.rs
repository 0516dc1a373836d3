//! The files of the vocabulary, as they lie in the program.

/// A file: its name and its text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) file: &'a str,
    pub(super) text: &'a str,
}

macro_rules! sources {
    ($($file:literal),* $(,)?) => {
        &[$(Source { file: $file, text: include_str!($file) }),*]
    };
}

/// One file for each family, in the order of the category ids.
pub(super) const FAMILIES: &[Source<'static>] = sources![
    "occupations/software.toml",
    "occupations/infrastructure.toml",
    "occupations/data.toml",
    "occupations/design.toml",
    "occupations/marketing.toml",
    "occupations/sales.toml",
    "occupations/finance.toml",
    "occupations/legal.toml",
    "occupations/people.toml",
    "occupations/education.toml",
    "occupations/healthcare.toml",
    "occupations/science.toml",
    "occupations/engineering.toml",
    "occupations/manufacturing.toml",
    "occupations/construction.toml",
    "occupations/logistics.toml",
    "occupations/hospitality.toml",
];

/// The phrase banks.
pub(super) const NAMES: Source<'static> = Source {
    file: "phrases/names.toml",
    text: include_str!("phrases/names.toml"),
};
pub(super) const PLACES: Source<'static> = Source {
    file: "phrases/places.toml",
    text: include_str!("phrases/places.toml"),
};
pub(super) const COMPANIES: Source<'static> = Source {
    file: "phrases/companies.toml",
    text: include_str!("phrases/companies.toml"),
};
pub(super) const SKILLS: Source<'static> = Source {
    file: "phrases/skills.toml",
    text: include_str!("phrases/skills.toml"),
};
pub(super) const EDUCATION: Source<'static> = Source {
    file: "phrases/education.toml",
    text: include_str!("phrases/education.toml"),
};
pub(super) const RESUMES: Source<'static> = Source {
    file: "phrases/resumes.toml",
    text: include_str!("phrases/resumes.toml"),
};
pub(super) const ADVERTS: Source<'static> = Source {
    file: "phrases/adverts.toml",
    text: include_str!("phrases/adverts.toml"),
};
pub(super) const AGENCY: Source<'static> = Source {
    file: "phrases/agency.toml",
    text: include_str!("phrases/agency.toml"),
};
