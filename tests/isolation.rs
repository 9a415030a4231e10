//! Nothing of one tenant is ever in another's archive.

use examples::{Tenant, ceppro, customertrackr};

use crate::support::{
    ceppro::CepPro,
    customertrackr::CustomerTrackr,
    embedded::Embedded,
    grown::Blueprint,
    markers::{assert_only, marked},
};

#[tokio::test]
async fn no_byte_of_another_workspace_leaves_a_database_with_row_level_security() {
    let product = CepPro::create().await;
    let blueprint = Blueprint::new("isolation").await;
    let grown = blueprint.source("ceppro", &product.source_url().await, ceppro::CATALOG).build().await;
    for tenant in &product.tenants[..2] {
        let archive = grown.apis[0].deliver("ceppro", &tenant.key).await;
        assert_only(&archive, tenant, &others(&product.tenants, tenant));
        product.assert_restores(&archive, tenant).await;
    }
}

#[tokio::test]
async fn no_byte_of_another_account_leaves_a_shared_file_whatever_the_accounts_are_called() {
    let mut tenants = customertrackr::tenants(6);
    for (tenant, key) in tenants.iter_mut().zip(["' OR 1=1 --", "100%", "\"quoted\"", "日本 🗾"]) {
        key.clone_into(&mut tenant.key);
    }
    let product = CustomerTrackr::create(marked(tenants)).await;
    let embedded = Embedded::serve(&product).await;
    for tenant in &product.tenants[..5] {
        let archive = embedded.portal.deliver("customertrackr", &tenant.key).await;
        assert_only(&archive, tenant, &others(&product.tenants, tenant));
        product.assert_restores(&archive, tenant).await;
    }
}

fn others<'a>(tenants: &'a [Tenant], own: &Tenant) -> Vec<&'a Tenant> {
    tenants.iter().filter(|tenant| tenant.key != own.key).collect()
}
