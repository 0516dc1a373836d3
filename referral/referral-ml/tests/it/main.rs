//! What the crate promises, tested from outside.

#[cfg(test)]
mod model_folder;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod support;
