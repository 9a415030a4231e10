//! Rules that need what is not delivered are left out; all others hold in the restored database.

use super::{catalog, restored, run, texts};

const PRODUCT: &str = "
create table tenants (id int primary key); insert into tenants values (1), (2);
create table people (
    id int not null auto_increment, tenant_id int not null, pin varchar(20) not null comment 'four digits', mail varchar(40) character set latin1 not null comment 'it''s', born date, pin_hash char(40) generated always as (sha1(pin)) stored,
    shown varchar(60) default (concat(pin, 'x')), checked int check (length(pin) > checked), plain int default 5, backup int default (plain + 1),
    primary key (id), unique key by_mail (mail), key by_pin (pin, born), key by_born (born), constraint pin_rule check (pin <> 'x'), constraint born_rule check (born > '1900-01-01')
);
insert into people (tenant_id, pin, mail, born, checked) values (1, '1234', 'ann@example.org', '1980-01-01', 1), (2, '5', 'theirs@example.org', '1980-01-01', 0);
create table cards (id int primary key, no varchar(20) not null, tenant_id int, person int, count int not null auto_increment, other int, unique key counter (count, no),
    constraint to_person foreign key (person) references people (id) on delete cascade, constraint to_hidden foreign key (other) references hidden (id));
create table hidden (id int primary key);
insert into cards (id, no, tenant_id, person) values (1, '4111', 1, 1), (2, '4112', 2, 2);
";

#[tokio::test]
async fn exactly_the_rules_that_need_hidden_columns_are_left_out() {
    let statements = format!("set foreign_key_checks = 0; {PRODUCT}");
    let hidden = "[tables.people.columns]\npin = { omit = \"secret\" }\nmail = { mask = \"email\" }\npin_hash = { omit = \"secret\" }\nshown = { keep = \"asked for\" }\nchecked = { keep = \"asked for\" }\n\
        [tables.cards.columns]\nno = { omit = \"card number\" }\n[tables.hidden]\nexclude = \"nobody's\"\n";
    let (database, archive, _) = restored("hidden", &statements, &catalog(&["people", "cards"], hidden)).await;
    let manifest = archive.manifest();
    let mut left_out: Vec<String> = manifest["left_out"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| {
            format!(
                "{} {} {}",
                rule["table"].as_str().unwrap(),
                rule["kind"].as_str().unwrap(),
                rule["name"].as_str().unwrap()
            )
        })
        .collect();
    left_out.sort();
    assert_eq!(
        left_out,
        [
            "cards counter count",
            "cards foreign key to_hidden",
            "cards unique rule counter",
            "people check checked",
            "people check pin_rule",
            "people default shown",
            "people index by_pin",
            "people unique rule by_mail",
        ]
    );
    assert_eq!(
        texts(&database, "select concat_ws(' ', mail, born, shown, checked) as v from people").await,
        ["a***@example.org 1980-01-01 1234x 1"]
    );
    let columns = "select concat(column_name, ' ', column_type, ' ', is_nullable, ' ', column_comment) as v from information_schema.columns
        where table_schema = database() and table_name = 'people' and column_name in ('mail', 'pin', 'pin_hash')";
    assert_eq!(texts(&database, columns).await, ["mail longtext NO it's"]);
    run(&database, "insert into people (tenant_id, mail, plain) values (1, 'x', 7)").await.unwrap();
    assert_eq!(texts(&database, "select backup as v from people where mail = 'x'").await, ["8"]);
    assert!(run(&database, "insert into people (tenant_id, mail, born) values (1, 'y', '1800-01-01')").await.is_err());
    assert!(
        run(&database, "insert into cards (id, count, person) values (3, 9, 99)").await.is_err(),
        "the key to people is kept"
    );
    let schema = std::fs::read_to_string(archive.root().join("sql/schema.sql")).unwrap();
    assert!(schema.contains("-- Not delivered: column pin: secret"), "{schema}");
    assert!(
        schema.contains("-- Left out: check pin_rule of people, because column pin is not delivered.\n"),
        "{schema}"
    );
}

#[tokio::test]
async fn rows_that_point_out_of_the_slice_restore_and_are_listed() {
    let (database, _, output) = restored(
        "across",
        "create table tenants (id int primary key); insert into tenants values (1), (2);
         create table rooms (id binary(2) primary key, tenant_id int); insert into rooms values (x'0001', 1), (x'0002', 2);
         create table `mes``sages` (id int, tenant_id int, part varchar(9), sender binary(2), constraint `it's` foreign key (sender) references rooms (id), primary key (id, part));
         insert into `mes``sages` values (1, 1, 'a', x'0001'), (2, 1, 'b', x'0002'), (3, 2, 'c', x'0002'), (4, 1, 'd', null)",
        &catalog(&["rooms", "\"mes`sages\""], ""),
    )
    .await;
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "table\trow\tkey\tpoints to\tvalue\nmes`sages\t2, b\tit's\trooms\t0002\n"
    );
    assert_eq!(texts(&database, "select id as v from `mes``sages` order by id").await, ["1", "2", "4"]);
    assert!(
        run(&database, "insert into `mes``sages` values (9, 1, 'x', x'0009')").await.is_err(),
        "the key holds for new rows"
    );
}

#[tokio::test]
async fn tables_that_only_their_server_can_keep_are_restored_without_what_belongs_to_it() {
    let (database, archive, _) = restored(
        "elsewhere",
        "create table tenants (id int primary key) engine = InnoDB page_compressed = 1; insert into tenants values (1);
         create table seen (id int primary key, tenant_id int, since timestamp(6) generated always as row start, till timestamp(6) generated always as row end,
             period for system_time (since, till)) with system versioning;
         insert into seen (id, tenant_id) values (1, 1)",
        &catalog(&["seen"], "columns = { since = { omit = \"asked for\" } }\n"),
    )
    .await;
    let left_out = archive.manifest()["left_out"].to_string();
    for kind in ["table option", "period", "system versioning", "generation rule"] {
        assert!(left_out.contains(&format!("\"kind\":\"{kind}\"")), "{kind} in {left_out}");
    }
    assert_eq!(texts(&database, "select concat(id, ' ', till) as v from seen").await, ["1 2038-01-19 03:14:07.999999"]);
}

#[tokio::test]
async fn rules_that_hold_fixed_values_beside_a_tenants_key_stay_behind() {
    let statements = "
        create table tenants (id int primary key); insert into tenants values (1), (2);
        create table people (id int primary key, tenant_id int not null default 777, age int default 5 check (age < 150), class int check (class > 0 or tenant_id = 888),
            constraint mine check (tenant_id <> 999), constraint positive check (tenant_id > 0));
        insert into people values (1, 1, 30, 2);";
    let (database, archive, _) = restored("fixed", statements, &catalog(&["people"], "")).await;
    let schema = std::fs::read_to_string(archive.root().join("sql/schema.sql")).unwrap();
    for value in ["777", "888", "999"] {
        assert!(!schema.contains(value), "{schema}");
    }
    let manifest = archive.manifest();
    let left_out: Vec<&str> =
        manifest["left_out"].as_array().unwrap().iter().map(|rule| rule["name"].as_str().unwrap()).collect();
    assert_eq!(left_out, ["tenant_id", "class", "mine"]);
    run(&database, "insert into people values (2, 0, 30, 2)").await.unwrap_err();
    run(&database, "insert into people values (2, 999, 151, 2)").await.unwrap_err();
    run(&database, "insert into people values (2, 999, 30, -1)").await.unwrap();
}
