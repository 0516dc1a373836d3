//! Plugin views: pages of other services that stand in the menu and are shown under our own address, so that there is one login, one
//! port and one event log.
//!
//! A view is proxied below `/plugin-views/{route}/`. Its service is told who asks by a header that only we can sign, for this request alone
//! and for a minute; cookies, tokens and whatever else the browser says of the user stay here.

mod answer;
mod proxy;
mod route;
mod sign;
mod view;

pub use view::{InvalidPluginViews, PluginView, PluginViews};

pub(crate) use proxy::Upstream;
pub(crate) use route::add;
