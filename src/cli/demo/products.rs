//! The three example products, as the demo runs them: each in one SQLite file, with somebody who is signed in.

use examples::{Generator, Tenant, ceppro, customertrackr, proecommerce};
use shared::config::{Config, PortalSourceConfig, SourceBrandConfig, SourceConfig};
use std::path::{Path, PathBuf};
use url::Url;

/// An example product with its data.
pub(super) struct Product {
    /// The name of its source.
    pub(super) source: &'static str,
    /// The name that people know it by.
    pub(super) name: &'static str,
    /// The account of whoever is signed in.
    pub(super) tenant: Tenant,
    /// The address of whoever is signed in.
    pub(super) person: &'static str,
    accent: &'static str,
    /// The kind of person that a member of an account is.
    member: &'static str,
    database: PathBuf,
    catalog: PathBuf,
}

impl Product {
    /// Makes CustomerTrackr, whose first account the demo exports by itself; its second one is signed in.
    pub(super) async fn customertrackr(dir: &Path) -> anyhow::Result<(Self, Tenant)> {
        let tenants = customertrackr::tenants(3);
        let (first, tenant) = (tenants[0].clone(), tenants[1].clone());
        let product = Self {
            source: "customertrackr",
            name: "CustomerTrackr",
            tenant,
            person: "grace@globex.example",
            accent: "#a8410c",
            member: "contact",
            database: dir.join("customertrackr.db"),
            catalog: dir.join("catalog.toml"),
        };
        customertrackr::create(&product.database, &Generator::with_tenants(tenants, 0.05, 1)).await?;
        std::fs::write(&product.catalog, customertrackr::CATALOG)?;
        Ok((product, first))
    }

    /// Makes CepPro, which is at home in PostgreSQL.
    pub(super) async fn ceppro(dir: &Path) -> anyhow::Result<Self> {
        let tenants = ceppro::tenants(2);
        let product = Self {
            source: "ceppro",
            name: "CepPro",
            tenant: tenants[0].clone(),
            person: "ada@displaydoktor.example",
            accent: "#0b6e68",
            member: "user",
            database: dir.join("ceppro.db"),
            catalog: dir.join("ceppro.toml"),
        };
        ceppro::create_small(&product.database, &Generator::with_tenants(tenants, 0.3, 1)).await?;
        std::fs::write(&product.catalog, ceppro::small_catalog())?;
        Ok(product)
    }

    /// Makes ProEcommerce, which is at home in MariaDB.
    pub(super) async fn proecommerce(dir: &Path) -> anyhow::Result<Self> {
        let tenants = proecommerce::tenants(2);
        let product = Self {
            source: "proecommerce",
            name: "ProEcommerce",
            tenant: tenants[0].clone(),
            person: "ben@bluebird.example",
            accent: "#6b2f8a",
            member: "contact",
            database: dir.join("proecommerce.db"),
            catalog: dir.join("proecommerce.toml"),
        };
        proecommerce::create_small(&product.database, &Generator::with_tenants(tenants, 0.1, 1)).await?;
        std::fs::write(&product.catalog, proecommerce::small_catalog())?;
        Ok(product)
    }

    /// Adds it to an installation: as a source, with its brand, and with the key of those who sign tokens at `portal`.
    pub(super) fn configure(&self, config: &mut Config, portal: &Url, keys: &str) {
        let source = SourceConfig {
            url: format!("sqlite://{}", self.database.display()).into(),
            catalog: self.catalog.clone(),
            exports: 2,
            max_rows: None,
            max_bytes: None,
        };
        config.sources.insert(self.source.into(), source);
        let brand = SourceBrandConfig {
            name: Some(self.name.into()),
            accent: Some(self.accent.into()),
            home: portal.join(&format!("{}/", self.source)).ok(),
            ..SourceBrandConfig::default()
        };
        config.brands.insert(self.source.into(), brand);
        let signed = PortalSourceConfig {
            issuer: Some(portal.as_str().trim_end_matches('/').into()),
            member: Some(self.member.into()),
            keys: Some(keys.into()),
            ..PortalSourceConfig::default()
        };
        config.portal.sources.insert(self.source.into(), signed);
    }
}
