//! Names and comments that try to be something else.

use super::desk::{decisions, draft, request};
use crate::slicing::desk::run_postgres;
use crate::support::postgres::Postgres;

const NAMES: [&str; 9] = [
    "a\"b",
    "x\n[tables.evil]\nshare = \"all\"",
    "../../x",
    "CON",
    "\\! id",
    "👻",
    "with.dot",
    "tab\there, and comma",
    "sixty-three bytes of a name that goes on until there is no room",
];

#[tokio::test]
async fn no_name_and_no_comment_breaks_out_of_the_file() {
    let database = Postgres::shared().await.create_database("infer_hostile").await;
    let mut statements = "create table \"te\"\"nants\"(\"i\nd\" int primary key, name text);".to_owned();
    for name in NAMES {
        let name = name.replace('"', "\"\"");
        statements.push_str(&format!(
            "create table \"{name}\"(\"te\"\"nants\" int not null references \"te\"\"nants\", \"{name}\" text, \"the\nsecret\" text);
             comment on table \"{name}\" is E'a\\r\\n[tables.\"evil\"]\\nshare = \"all\" \\u2028 x';
             comment on column \"{name}\".\"{name}\" is 'password'';\n[tables.worse]';"
        ));
    }
    run_postgres(&database.url, &statements).await;
    let (inferred, catalog) = draft(&database.url, &request("te\"nants")).await;
    let found = decisions(&catalog);
    assert_eq!(found.len(), NAMES.len() + 1, "{}", inferred.text);
    for name in NAMES {
        assert_eq!(found[name], "column te\"nants", "{name}\n{}", inferred.text);
        let columns = &catalog.tables[name].columns;
        assert!(columns["the\nsecret"].omit.is_some() && columns[name].undecided.is_some(), "{}", inferred.text);
    }
}
