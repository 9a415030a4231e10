//! The client that `openapi-python-client` makes.

use super::shop::Shop;
use crate::support::{program::Invocation, tools};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_python_program_talks_with_the_server_through_the_generated_client() {
    let shop = Shop::open().await;
    let (generator, python) = (tools::python("openapi-python-client"), tools::python("python"));
    let path = |name: &str| shop.path(name).to_str().unwrap().to_owned();
    let arguments = [
        "generate",
        "--path",
        &path("openapi.json"),
        "--output-path",
        &path("handover_client"),
        "--meta",
        "none",
        "--fail-on-warning",
    ];
    // It tidies up with ruff, which it looks for in the path.
    let tools = format!("{}:/usr/bin:/bin", python.parent().unwrap().display());
    let made = Invocation::of(generator.to_str().unwrap(), &arguments).set("PATH", tools).run().await;
    assert!(made.status.success(), "{}\n{}", made.stdout, made.stderr);
    shop.copy("program.py");
    shop.talk(&python, "program.py").await;
}
