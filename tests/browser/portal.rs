//! The people of three products: from the button over the mail and the page to a file that opens.

mod demo;

use super::walk::Walk;
use crate::support::browser::Browser;
use demo::Demo;

/// Names of products, and what these products say in their own words.
const NAMES: &[&str] = &[
    "CepPro",
    "ProEcommerce",
    "CustomerTrackr",
    "Take everything with you: customers, repair tickets, stock, sales and invoices, in one file that opens in any spreadsheet.",
    "Get my contacts",
];

#[tokio::test]
async fn people_of_three_products_press_the_button_follow_the_mail_and_open_what_they_get() {
    let demo = Demo::start().await;
    let browser = Browser::start().await;
    let mut walk = Walk::new(&browser, NAMES).beside(demo.handover());
    walk.visit("products", demo.products()).await;
    for (product, button, table) in [
        ("ceppro", "Export my data", "repair_tickets"),
        ("proecommerce", "Export my data", "invoices"),
        ("customertrackr", "Get my contacts", "contacts"),
    ] {
        let address = format!("{}{product}/", demo.products());
        walk.visit(&format!("portal-{product}"), &address).await;
        for language in ["en-XA", "ar-XB"] {
            walk.visit_in_language(&format!("portal-{product}"), &format!("{address}?lang={language}"), language).await;
        }
        browser.open(&address).await;
        browser.click_on(button).await;
        browser.until("the export to be ready", "deep('handover-export')[0].state === 'ready'").await;
        walk.look(&format!("portal-{product}-ready")).await;

        demo.open_newest_letter(&browser, product).await;
        walk.look(&format!("letter-{product}")).await;
        let link = demo.link_in_newest_letter(product).await;
        walk.visit(&format!("download-{product}"), &link).await;
        browser.click("form button").await;
        let file = browser.download(".zip").await;
        demo.assert_opens(&file, table).await;
        std::fs::remove_file(file).unwrap();
    }
    walk.visit("mailbox", &format!("{}mailbox", demo.handover())).await;
    walk.end();
}
