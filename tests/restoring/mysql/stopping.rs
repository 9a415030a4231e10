//! A restore is whole or ends with an error.

use super::{archive, catalog, product, restore, succeeded, texts};
use crate::support::{archive::Archive, mariadb::MariaDb};

const PRODUCT: &str = "create table tenants (id int primary key); insert into tenants values (1), (2);
    create table notes (id int primary key, tenant_id int, note varchar(20), key by_note (note), foreign key (tenant_id) references tenants (id));
    insert into notes values (1, 1, 'one'), (2, 1, 'two'), (3, 2, 'theirs');";

async fn notes(hint: &str) -> Archive {
    archive(&product(hint, PRODUCT).await.url, &catalog(&["notes"], "")).await
}

#[tokio::test]
async fn rows_do_not_go_into_a_database_that_is_not_empty() {
    let archive = notes("occupied").await;
    let occupied =
        product("occupied_target", "create table notes (id int primary key, tenant_id int, note varchar(20))").await;
    let output = restore(&occupied, &archive, "").await;
    assert!(!output.status.success());
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("The database is not empty"), "{told}");
    // Nor when errors stop nobody, as in a file that names the other one.
    let output = MariaDb::shared().await.client(&occupied.name, &archive.root(), b"source sql/restore.sql\n");
    assert!(String::from_utf8_lossy(&output.stderr).contains("The database is not empty"));
    assert_eq!(texts(&occupied, "select count(*) as v from notes").await, ["0"]);
    let tables = "select group_concat(table_name) as v from information_schema.tables where table_schema = database()";
    assert_eq!(texts(&occupied, tables).await, ["notes"]);
}

#[tokio::test]
async fn a_file_that_fails_stops_the_restore_although_the_client_goes_on() {
    for (member, from, to, told) in [
        ("sql/data/notes.sql", "(2,1,'two')", "(1,1,'two')", "Not all rows of notes arrived"),
        ("sql/data/notes.sql", ",\n(2,1,'two')", "", "Not all rows of notes arrived"),
        ("sql/schema.sql", "create table `notes`", "create tabel `notes`", "Some tables could not be made"),
        ("sql/constraints.sql", "`by_note` (`note`)", "`by_note` (`nope`)", "Some indexes could not be made"),
        (
            "sql/constraints.sql",
            "REFERENCES `tenants` (`id`)",
            "REFERENCES `tenants` (`nope`)",
            "Some foreign keys could not be made",
        ),
    ] {
        let archive = notes("broken").await;
        let path = archive.root().join(member);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{from} in {text}");
        std::fs::write(&path, text.replace(from, to)).unwrap();
        let database = MariaDb::shared().await.create_database("broken_target").await;
        let output = restore(&database, &archive, "").await;
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && errors.contains(told), "{member}: {errors}");
        if member.starts_with("sql/data") {
            assert_eq!(texts(&database, "select count(*) as v from notes").await, ["0"], "{member}");
        }
    }
}

#[tokio::test]
async fn a_row_that_is_larger_than_usual_restores_with_the_command_of_the_manifest() {
    let wide = PRODUCT.replace("note varchar(20), key by_note (note)", "note longblob");
    let statements = format!("{wide} update notes set note = repeat(x'00ff', 5000000) where id = 1;");
    let archive = archive(&product("large", &statements).await.url, &catalog(&["notes"], "")).await;
    assert_eq!(
        archive.manifest()["sql"]["restore"],
        "mariadb --max-allowed-packet=21M the_new_database < sql/restore.sql"
    );
    let text = std::fs::read_to_string(archive.root().join("sql/restore.sql")).unwrap();
    assert!(text.contains("max_allowed_packet = 21M"), "{text}");
    let database = MariaDb::shared().await.create_database("large_target").await;
    let output = MariaDb::shared().await.client_with(
        &["--max-allowed-packet=21M"],
        &database.name,
        &archive.root(),
        text.as_bytes(),
    );
    succeeded(&output);
    let sum = "select concat(length(note), ' ', crc32(note)) as v from notes where id = 1";
    assert_eq!(
        texts(&database, sum).await,
        texts(&database, "select concat(10000000, ' ', crc32(repeat(x'00ff', 5000000))) as v").await
    );
}
