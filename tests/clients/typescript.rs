//! The client that `openapi-typescript` and `openapi-fetch` make.

use super::shop::Shop;
use crate::support::tools;
use std::path::Path;

const SETTINGS: &str = r#"{
  "compilerOptions": {
    "strict": true, "exactOptionalPropertyTypes": true, "target": "es2022", "module": "nodenext", "lib": ["es2022", "dom", "dom.iterable"], "types": []
  },
  "files": ["program.ts"]
}"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_typescript_program_is_sound_against_the_generated_types_and_talks_with_the_server() {
    let shop = Shop::open().await;
    std::os::unix::fs::symlink(tools::node("typescript").parent().unwrap(), shop.path("node_modules")).unwrap();
    std::fs::write(shop.path("package.json"), r#"{ "type": "module" }"#).unwrap();
    std::fs::write(shop.path("tsconfig.json"), SETTINGS).unwrap();
    shop.copy("program.ts");
    let (node, path) = (Path::new("node"), |name: &str| shop.path(name).to_str().unwrap().to_owned());
    let generator = tools::node("openapi-typescript/bin/cli.js");
    shop.run(
        node,
        &[
            generator.to_str().unwrap(),
            &path("openapi.json"),
            "-o",
            &path("schema.d.ts"),
            "--default-non-nullable=false",
        ],
    )
    .await;
    let compiler = tools::node("typescript/bin/tsc");
    shop.run(node, &[compiler.to_str().unwrap(), "--noEmit", "-p", &path("tsconfig.json")]).await;
    shop.run(node, &[compiler.to_str().unwrap(), "-p", &path("tsconfig.json")]).await;
    shop.talk(node, "program.js").await;
}
