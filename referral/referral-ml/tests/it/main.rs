//! What the crate promises, tested from outside.

#[cfg(test)]
mod evaluation;
#[cfg(test)]
mod matching;
#[cfg(test)]
mod model_folder;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod scoring;
#[cfg(test)]
mod service;
#[cfg(test)]
mod support;
