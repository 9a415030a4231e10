//! START-HERE.html, as it is opened by a double-click from a folder.

use super::{
    house::{House, opened},
    walk::Walk,
};
use serde_json::json;

#[tokio::test]
async fn the_first_page_of_an_archive_is_well_made() {
    let house = House::open().await;
    let export = house.export(0, json!({})).await;
    let link = house.link(&export, json!({})).await;
    house.browser.open(&link.url).await;
    house.browser.click("form button").await;
    let archive = opened(&house.browser.download(".zip").await);
    archive.assert_sound().await;
    let mut walk = Walk::new(&house.browser, &[]);
    walk.visit("start-here", &format!("file://{}", archive.root().join("START-HERE.html").display())).await;
    walk.end();
}
