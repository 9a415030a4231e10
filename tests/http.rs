//! HTTP itself: how much may be asked, how slowly, over what, and what a browser is told.

mod headers;
mod limits;
mod proxies;
mod slow;
mod tls;
mod wire;
