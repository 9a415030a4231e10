//! Triggers are named, never fire on a restore, and are written when somebody asks for them.

use super::{catalog, product, restore, restored, run, texts};
use crate::{
    fidelity::{left_out, try_archive},
    slicing::desk::run_mysql,
    support::{mariadb::MariaDb, postgres::PASSWORD},
};

const PRODUCT: &str = "
create table tenants (id int primary key); insert into tenants values (1), (2);
create table people (id int primary key, tenant_id int, n int, pin varchar(9), said varchar(99)); insert into people values (1, 1, 1, 'x', 'at home'), (2, 2, 2, 'y', 'theirs');
delimiter //
create definer = 'gone'@'nowhere' trigger `z;1$$` before insert on people for each row begin
    -- \\! touch /tmp/handover-pwned ; $$ `it's
    set new.said = concat(coalesce(new.said, ''), 'it''s $$$ \\\\ü; ');
    if new.n < 0 then signal sqlstate '45000' set message_text = 'fired'; end if;
end//
create trigger a_second before insert on people for each row follows `z;1$$` set new.said = concat(new.said, 'second')//
set sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT'//
create trigger quoted before update on people for each row set new.\"said\" = old.\"said\" || ' again'//
create trigger hiding before delete on people for each row set @seen = old.pin//
delimiter ;
";

#[tokio::test]
async fn triggers_are_named_and_written_only_for_whoever_asks() {
    let omitted = catalog(&["people"], "columns = { pin = { omit = \"secret\" } }\n");
    let (database, without, _) = restored("untriggered", PRODUCT, &omitted).await;
    assert!(!without.root().join("sql/triggers.sql").exists());
    let mut named = left_out(&without);
    named.sort();
    assert_eq!(named, ["trigger a_second", "trigger hiding", "trigger quoted", "trigger z;1$$"]);
    assert_eq!(texts(&database, "select said as v from people").await, ["at home"]);

    let source = product("triggered", PRODUCT).await;
    let with = try_archive(&source.url, &omitted, "1", true).await.unwrap();
    assert_eq!(left_out(&with), ["trigger hiding"]);
    let server = MariaDb::shared().await;
    let target = server.create_database("triggered_restored").await;
    super::succeeded(&restore(&target, &with, "").await);
    assert_eq!(texts(&target, "select said as v from people").await, ["at home"]);
    let script = std::fs::read(with.root().join("sql/triggers.sql")).unwrap();
    assert!(!String::from_utf8_lossy(&script).contains("nowhere"));
    super::succeeded(&server.client(&target.name, &with.root(), &script));
    for database in [&source, &target] {
        if database.name == source.name {
            // Its definer is gone.
            run(database, "drop trigger `z;1$$`").await.unwrap();
            continue;
        }
        run(database, "insert into people (id, tenant_id, n) values (8, 1, 1)").await.unwrap();
        run(database, "update people set n = 2 where id = 1").await.unwrap();
        let fired = run(database, "insert into people (id, tenant_id, n) values (9, 1, -1)").await.unwrap_err();
        assert!(fired.to_string().contains("fired"), "{fired}");
    }
    assert_eq!(texts(&target, "select said as v from people").await, ["at home again", "it's $$$ \\ü; second"]);
    let modes = "select concat(trigger_name, ' ', sql_mode) as v from information_schema.triggers where trigger_schema = database()";
    let kept = texts(&target, modes).await;
    assert!(kept.iter().any(|one| one.starts_with("quoted PIPES_AS_CONCAT,ANSI_QUOTES")), "{kept:?}");
    assert!(!std::path::Path::new("/tmp/handover-pwned").exists());
}

#[tokio::test]
async fn a_user_who_may_not_see_triggers_gets_an_archive_that_says_so_and_none_with_triggers() {
    let database = product("unseen", PRODUCT).await;
    let user = format!("reader_{}", database.name);
    run_mysql(
        &database.url,
        &format!(
            "create user {user} identified by '{PASSWORD}'; grant select, show view on `{}`.* to {user}",
            database.name
        ),
    )
    .await;
    let url = MariaDb::shared().await.url_as(&user, &database.name);
    let everything = catalog(&["people"], "columns = { pin = { keep = \"theirs\" } }\n");
    let archive = try_archive(&url, &everything, "1", false).await.unwrap();
    assert_eq!(left_out(&archive), ["triggers that may be there"]);
    let refusal = try_archive(&url, &everything, "1", true).await.err().unwrap().to_string();
    assert!(refusal.contains("the right `trigger`"), "{refusal}");

    run_mysql(&database.url, &format!("grant trigger on `{}`.* to {user}", database.name)).await;
    let archive = try_archive(&url, &everything, "1", false).await.unwrap();
    assert_eq!(left_out(&archive).len(), 4);
}
