use super::*;
use proptest::prelude::*;

const MARIADB: &str = "CREATE TABLE `p` (
  `id` bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  `name` varchar(20) CHARACTER SET latin1 COLLATE latin1_bin DEFAULT 'it''s \\\\ , default (' COMMENT 'co''m check ('  ,
  `e` enum('a','b''c','on','default') NOT NULL DEFAULT 'a',
  `j` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL CHECK (json_valid(`j`)),
  `ts` timestamp(3) NOT NULL DEFAULT current_timestamp(3) ON UPDATE current_timestamp(3),
  `n` int(11) DEFAULT nextval(`x`.`s``2`),
  `b` int(11) DEFAULT (case when `n` is not null then 1 else 2 end) COMMENT 'x',
  `g` int(11) GENERATED ALWAYS AS (`n` + 1) VIRTUAL INVISIBLE,
  `we``ird
name` text /*M!100301 COMPRESSED*/ DEFAULT NULL,
  `rs` timestamp(6) GENERATED ALWAYS AS ROW START INVISIBLE,
  `x` int(11) DEFAULT -1 WITHOUT SYSTEM VERSIONING,
  PRIMARY KEY (`id`,`re`),
  UNIQUE KEY `j` (`j`) USING HASH,
  KEY `pre` (`we``ird
name`(10),`e` DESC) COMMENT 'k''c',
  FULLTEXT KEY `ft` (`name`) /*!50100 WITH PARSER `ngram` */,
  CONSTRAINT `fk``2` FOREIGN KEY (`id`) REFERENCES `c` (`id`) ON DELETE CASCADE,
  PERIOD FOR SYSTEM_TIME (`rs`, `re`),
  CONSTRAINT `my chk` CHECK (`n` <> 1 or `e` is null)
) ENGINE=InnoDB AUTO_INCREMENT=55 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci UNION=(`a`,`b`) ROW_FORMAT=DYNAMIC COMMENT='a=b, partition by' `page_compressed`='1' WITH SYSTEM VERSIONING
 PARTITION BY RANGE (year(`y`))
(PARTITION `p0` VALUES LESS THAN (2000) COMMENT = 'x' ENGINE = InnoDB)";

fn clauses_of(statement: &Statement<'_>, name: &str) -> Vec<(Clause, String)> {
    let column = statement.column(name).unwrap();
    column.clauses.iter().map(|(clause, piece)| (*clause, piece.0.to_owned())).collect()
}

#[test]
fn a_column_falls_into_what_can_be_kept_by_itself() {
    let statement = Statement::parse(MARIADB).unwrap();
    let only = |name: &str, wanted: Clause| {
        let clauses = clauses_of(&statement, name);
        clauses.into_iter().filter(|(clause, _)| *clause == wanted).map(|(_, text)| text).collect::<Vec<_>>()
    };
    assert_eq!(only("id", Clause::Counter), ["AUTO_INCREMENT"]);
    assert_eq!(only("name", Clause::Default), ["DEFAULT 'it''s \\\\ , default ('"]);
    assert_eq!(only("name", Clause::Check), [""; 0]);
    assert_eq!(only("e", Clause::Plain), ["enum('a','b''c','on','default')", "NOT NULL"]);
    assert_eq!(only("j", Clause::Check), ["CHECK (json_valid(`j`))"]);
    assert_eq!(only("ts", Clause::Default), ["DEFAULT current_timestamp(3)"]);
    assert_eq!(only("ts", Clause::Plain), ["timestamp(3)", "NOT NULL", "ON UPDATE current_timestamp(3)"]);
    assert_eq!(only("n", Clause::Default), ["DEFAULT nextval(`x`.`s``2`)"]);
    assert_eq!(only("b", Clause::Default), ["DEFAULT (case when `n` is not null then 1 else 2 end)"]);
    assert_eq!(only("g", Clause::Generated), ["GENERATED ALWAYS AS (`n` + 1) VIRTUAL"]);
    assert_eq!(only("we`ird\nname", Clause::Default), ["DEFAULT NULL"]);
    assert_eq!(only("rs", Clause::RowTime), ["GENERATED ALWAYS AS ROW START"]);
    assert_eq!(only("x", Clause::Unversioned), ["WITHOUT SYSTEM VERSIONING"]);
}

#[test]
fn rules_know_their_names_and_their_columns() {
    let statement = Statement::parse(MARIADB).unwrap();
    let rules: Vec<(RuleKind, Option<&str>, Vec<&str>)> = statement
        .rules
        .iter()
        .map(|rule| (rule.kind, rule.name.as_deref(), rule.columns.iter().map(String::as_str).collect()))
        .collect();
    assert_eq!(
        rules,
        [
            (RuleKind::Primary, None, vec!["id", "re"]),
            (RuleKind::Unique, Some("j"), vec!["j"]),
            (RuleKind::Index, Some("pre"), vec!["we`ird\nname", "e"]),
            (RuleKind::Fulltext, Some("ft"), vec!["name", "ngram"]),
            (RuleKind::Foreign, Some("fk`2"), vec!["id", "c"]),
            (RuleKind::Period, None, vec!["rs", "re"]),
            (RuleKind::Check, Some("my chk"), vec!["n", "e"]),
        ]
    );
    assert!(statement.rules[2].text.ends_with("COMMENT 'k''c'"));
}

#[test]
fn options_stand_one_by_one() {
    let statement = Statement::parse(MARIADB).unwrap();
    let options: Vec<(&str, &str)> = statement.options.iter().map(|option| (option.key, option.text)).collect();
    assert_eq!(
        options,
        [
            ("ENGINE", "ENGINE=InnoDB"),
            ("AUTO_INCREMENT", "AUTO_INCREMENT=55"),
            ("DEFAULT CHARSET", "DEFAULT CHARSET=utf8mb4"),
            ("COLLATE", "COLLATE=utf8mb4_general_ci"),
            ("UNION", "UNION=(`a`,`b`)"),
            ("ROW_FORMAT", "ROW_FORMAT=DYNAMIC"),
            ("COMMENT", "COMMENT='a=b, partition by'"),
            ("`page_compressed`", "`page_compressed`='1'"),
            ("WITH SYSTEM VERSIONING", "WITH SYSTEM VERSIONING"),
        ]
    );
    assert_eq!(statement.engine(), "InnoDB");
    assert!(statement.is_versioned());
    assert!(statement.partitions.unwrap().0.starts_with("PARTITION BY RANGE"));
    assert_eq!(statement.partitions.unwrap().names(), ["y", "p0"]);
}

#[test]
fn what_mysql_8_prints_is_understood() {
    let statement = Statement::parse(
        "CREATE TABLE `t` (\n  `id` int NOT NULL,\n  `s` point NOT NULL /*!80003 SRID 4326 */,\n  `h` int DEFAULT (`id` + 1) /*!80023 INVISIBLE */,\n  \
         PRIMARY KEY (`id`),\n  UNIQUE KEY `f` ((lower(`h`))),\n  KEY `i` (`h`) /*!80000 INVISIBLE */,\n  CONSTRAINT `t_chk_1` CHECK ((`id` > 0)) /*!80016 NOT ENFORCED */\n\
         ) /*!50100 TABLESPACE `ts` */ ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci\n/*!50100 PARTITION BY HASH (`id`)\nPARTITIONS 4 */",
    )
    .unwrap();
    let text: Vec<String> = clauses_of(&statement, "h").into_iter().map(|(_, text)| text).collect();
    assert_eq!(text.join(" "), "int DEFAULT (`id` + 1) /*!80023 INVISIBLE */");
    assert_eq!(statement.rules.len(), 4);
    assert_eq!(statement.rules[1].columns, ["h"]);
    assert_eq!(statement.options[0].text, "/*!50100 TABLESPACE `ts` */");
    assert_eq!(statement.partitions.unwrap().0, "/*!50100 PARTITION BY HASH (`id`)\nPARTITIONS 4 */");
}

#[test]
fn other_statements_are_refused() {
    for text in ["", "CREATE TABLE `t`", "CREATE TABLE `t` (`a` int", "CREATE TABLE `t` (something else)"] {
        assert_eq!(Statement::parse(text), None, "{text}");
    }
}

proptest! {
    #[test]
    fn no_text_breaks_the_parser(text in "[a`'\\\\(),=/*! \n]{0,40}|(DEFAULT|CHECK|GENERATED|AS|ROW|WITHOUT|WITH|KEY|`a`|\\(|\\)|,|=|'b'| |PARTITION BY){0,30}") {
        let _ = Statement::parse(&format!("CREATE TABLE `t` (`a` {text}) {text}"));
        let _ = Statement::parse(&text);
    }
}
