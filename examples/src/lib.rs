//! The example products: their schemas, catalogs and data generators.
//!
//! The same seed, scale and tenants always give the same content, down to the last byte of every value.

mod calendar;
//pub mod ceppro;
pub mod customertrackr;
mod literal;
mod people;
mod prose;
mod random;
mod table;

use std::borrow::Cow;

/// Stands in every generated value that must never leave: password hashes, one-time-code secrets, tokens, pass codes.
///
/// An archive that contains it (as text, or hexadecimal in a `bytea`) has leaked.
pub const SECRET: &str = "NEVERLEAVES";

/// What to generate.
#[derive(Clone, Debug)]
pub struct Generator {
    /// Equal seeds give equal data.
    pub seed: u64,
    /// 1 is about 50,000 rows per tenant over all tables; no table is ever empty.
    pub scale: f64,
    /// Whose data; keys must differ.
    pub tenants: Vec<Tenant>,
}

/// An account of an example product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    /// The tenant's key in the product's database: a UUID for CepPro, any text for CustomerTrackr.
    pub key: String,
    /// The name that people see.
    pub label: String,
    /// Written into every row that belongs to the tenant and into no other; empty for none.
    pub marker: String,
}

impl Tenant {
    /// The text with the tenant's marker behind it, where the tenant has one.
    pub(crate) fn marked(&self, text: impl Into<Cow<'static, str>>) -> Cow<'static, str> {
        let text = text.into();
        if self.marker.is_empty() {
            text
        } else {
            Cow::Owned(format!("{text} {}", self.marker))
        }
    }
}

impl Generator {
    /// A generator for these tenants, for example `Generator::with_tenants(ceppro::tenants(3), 0.01, 1)`.
    pub fn with_tenants(tenants: Vec<Tenant>, scale: f64, seed: u64) -> Self {
        Self {
            seed,
            scale,
            tenants,
        }
    }

    /// Refuses what would fail later with a worse message.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        anyhow::ensure!(
            self.scale.is_finite() && self.scale > 0.0 && self.scale <= 1_000_000.0,
            "scale must be above 0 and at most 1,000,000, not {}",
            self.scale
        );
        let mut keys: Vec<&str> = self
            .tenants
            .iter()
            .map(|tenant| tenant.key.as_str())
            .collect();
        keys.sort_unstable();
        anyhow::ensure!(
            keys.windows(2).all(|pair| pair[0] != pair[1]),
            "two tenants have the same key"
        );
        Ok(())
    }
}
