//! The program without any right on the machine: another user, no capability, and nothing to write to but its data and its temporary folder.

use crate::{
    slicing::desk,
    support::{
        embedded::address_in,
        patience::LONG,
        person::press_button,
        portal::Portal,
        process::{self, text},
        program::Invocation,
    },
};
use std::{
    os::unix::fs::{PermissionsExt, chown},
    path::Path,
    process::Command,
};

/// That of the image.
const USER: u32 = 65532;

/// Runs `handover` as the image does: on a root that is read-only, if this machine lets us make one.
fn contained(folder: &Path, arguments: &[&str]) -> Invocation {
    let program = folder.join("handover");
    let invocation = if process::is_root() {
        let user = USER.to_string();
        // The folder stays writable where its owner may write; all else becomes read-only.
        let script = "mount --bind \"$1\" \"$1\" && mount -o remount,bind,ro / || exit 99
            user=$2; shift 2; cd /
            exec setpriv --reuid=$user --regid=$user --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all -- \"$@\"";
        let mut line = vec!["--mount", "sh", "-c", script, "sh", text(folder), &user, text(&program)];
        line.extend(arguments);
        Invocation::of("unshare", &line)
    } else {
        Invocation::of(text(&program), arguments)
    };
    invocation
        .set("HANDOVER_DATA_DIR", folder.join("data"))
        .set("TMPDIR", folder.join("tmp"))
        .set("HANDOVER_LISTEN", "127.0.0.1:0")
        .set("HANDOVER_SOURCES__SHOP__URL", format!("sqlite://{}", folder.join("shop.db").display()))
        .set("HANDOVER_SOURCES__SHOP__CATALOG", folder.join("catalog.toml"))
}

#[tokio::test]
async fn the_program_needs_only_its_data_and_its_temporary_folder() {
    if process::is_root()
        && !Command::new("unshare").args(["--mount", "true"]).status().is_ok_and(|status| status.success())
    {
        // A machine whose root may make no mounts shows nothing here.
        return;
    }
    let root = tempfile::Builder::new().prefix("handover-contained-").tempdir().unwrap();
    let folder = root.path();
    std::fs::set_permissions(folder, PermissionsExt::from_mode(0o755)).unwrap();
    let binary = env!("CARGO_BIN_EXE_handover");
    if std::fs::hard_link(binary, folder.join("handover")).is_err() {
        std::fs::copy(binary, folder.join("handover")).unwrap();
    }
    let (_source, url) =
        desk::sqlite("create table shops (id text primary key); insert into shops values ('acme')").await;
    std::fs::copy(url.strip_prefix("sqlite://").unwrap(), folder.join("shop.db")).unwrap();
    std::fs::set_permissions(folder.join("shop.db"), PermissionsExt::from_mode(0o444)).unwrap();
    std::fs::write(
        folder.join("catalog.toml"),
        "version = 1\nengine = \"sqlite\"\n[tenant]\ntable = \"shops\"\nkey = \"id\"\n[tables.shops]\nowner.column = \"id\"\n",
    )
    .unwrap();
    for place in ["data", "tmp"] {
        std::fs::create_dir(folder.join(place)).unwrap();
        if process::is_root() {
            chown(folder.join(place), Some(USER), Some(USER)).unwrap();
        }
    }

    let migrated = contained(folder, &["migrate"]).run().await;
    assert!(migrated.status.success(), "{migrated:?}");
    let create = ["key", "create", "--name", "tests", "--scope", "exports:read", "--scope", "exports:write"];
    let created = contained(folder, &create).run().await;
    assert!(created.status.success(), "{created:?}");
    let mut program = contained(folder, &["serve"]).start();
    let address = address_in(&program.says("The API listens", LONG).await);
    let portal = Portal::new(&format!("http://{address}/").parse().unwrap(), created.stdout.trim());
    portal.until_ready().await;
    let export = portal.export("shop", "acme", "owner@example.com").await;
    portal.until_state(&export, "ready").await;
    assert!(press_button(&portal.link(&export).await).await.bytes.starts_with(b"PK"));
    program.signal("TERM");
    assert!(program.wait(LONG).await.status.success());
    assert_eq!(std::fs::read_dir(folder.join("tmp")).unwrap().count(), 0, "nothing temporary is left");
}

#[test]
fn the_image_and_its_deployment_say_so() {
    let (image, compose) = (include_str!("../../Dockerfile"), include_str!("../../compose.yaml"));
    assert!(image.contains(&format!("\nUSER {USER}:{USER}\n")), "{image}");
    let base = image.rsplit_once("\nFROM ").unwrap().1;
    assert!(base.starts_with("gcr.io/distroless/") && base.lines().next().unwrap().ends_with(":nonroot"), "{base}");
    for line in ["\n  read_only: true\n", "\n  cap_drop: [ALL]\n", "\n  security_opt: [\"no-new-privileges:true\"]\n"] {
        assert!(compose.contains(line), "{line}");
    }
    let service = |name: &str| {
        let rest = compose.split_once(&format!("\n  {name}:\n")).unwrap().1;
        rest.split("\n\n").next().unwrap().to_owned()
    };
    assert!(service("api").contains("<<: *handover") && service("worker").contains("<<: *handover"));
    for secret in ["MAIL", "SOURCES", "SIGNING"] {
        assert!(!service("api").contains(secret), "the API is given {secret}");
    }
}
