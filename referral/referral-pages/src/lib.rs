//! The recruiting pages as a service: what matching suggests and why, how good the data is, and how much each run moved.
//!
//! Nobody logs in here. Updraft proxies the pages and says with each request, in a signed header, who asks; without it there is no answer
//! ([`Secret`]). Personal data is masked; who may see it asks for it by a `POST`, which is written down here and in Updraft's event log.
//!
//! | request, below `/recruiting/api` | answer |
//! |---|---|
//! | `GET /config` | who asks and what they may do, the threshold, where Updraft is |
//! | `GET /positions`, `/words` | positions with what is suggested for them; what they can be filtered by |
//! | `GET /positions/{id}` | one, with its suggestions and what people said of them |
//! | `GET /positions/{id}/near` | who comes next, and how many were compared |
//! | `GET /positions/{id}/candidates/{id}` | one pair: stored, computed now, in words, and where the skills stand in the texts |
//! | `POST /positions/{id}/candidates/{id}/feedback` | `{"verdict": "good"|"poor"|null, "note"}` |
//! | `GET /positions/{id}/matches.csv`, `POST` | the suggestions as a file; with names when posted |
//! | `POST /positions/{id}/reveal` | the personal data of those on the page |
//! | `GET /candidates?q=` | people by id or job title |
//! | `GET /quality`, `/quality/rows` | how the checks came out, and which rows failed one; `POST /quality/rows` with personal data |
//! | `GET /volumes` | what each run moved |

mod api;
mod caller;
mod extract;
mod failure;
mod mask;
mod router;
mod service;
mod site;

pub use caller::{HEADER, Secret, SecretTooShort};
pub use router::router;
pub use service::{Pages, PagesParts};
