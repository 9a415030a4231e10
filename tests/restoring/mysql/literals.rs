//! Whatever bytes a cell has, the client and the server read its literal back to them.

use super::{product, succeeded, texts};
use crate::support::mariadb::MariaDb;
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use shared::export::Engine;
use worker::{
    format::sql::{SqlEncoder, Target},
    plan::ColumnPlan,
    rows::{PrintedRows, RowBlock},
};

const ROWS: usize = 600;

fn column(name: &str, type_name: &str) -> ColumnPlan {
    ColumnPlan {
        name: name.to_owned(),
        type_name: type_name.to_owned(),
        base_type: type_name.split('(').next().unwrap().to_owned(),
        nullable: true,
        generated: false,
        mask: None,
    }
}

fn text() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "a",
        "'",
        "''",
        "\"",
        "`",
        "\\",
        "\\'",
        "\\n",
        "\r\n",
        "\r",
        "\n",
        "\0",
        "\u{1a}",
        "\u{8}",
        "\t",
        ";",
        "--",
        "-- ",
        "#",
        "/*",
        "*/",
        "/*!",
        "/*M!",
        "\ndelimiter //\n",
        "\nsource x\n",
        "\n\\! x\n",
        "\\Z",
        "\\0",
        "%",
        "_",
        "ß",
        "😀",
        "\u{2028}",
        "\u{fffd}",
        "$$",
        "x'00'",
        "),(",
        "\nquit\n",
        "\u{feff}",
    ]);
    prop_oneof![
        3 => prop::collection::vec(pieces, 0..10).prop_map(|pieces| pieces.concat()),
        1 => any::<String>(),
    ]
}

fn cells() -> impl Strategy<Value = (Option<String>, Option<Vec<u8>>, f64, u64)> {
    let number =
        any::<u64>().prop_map(f64::from_bits).prop_filter("no database has these", |number| number.is_finite());
    (prop::option::weighted(0.95, text()), prop::option::weighted(0.95, any::<Vec<u8>>()), number, any::<u64>())
}

#[tokio::test]
async fn every_cell_comes_back_from_its_literal() {
    let database =
        product("literals", "create table c (id int primary key, t longtext, b longblob, d double, n bit(64))").await;
    let columns = [
        column("id", "int"),
        column("t", "longtext"),
        column("b", "longblob"),
        column("d", "double"),
        column("n", "bit(64)"),
    ];
    let target = Target {
        engine: Engine::Mysql,
        schema: String::new(),
        table: "c".to_owned(),
        columns: columns.iter().map(|column| (column.name.clone(), true)).collect(),
    };
    let mut encoder = SqlEncoder::new(&target, &columns);
    let mut runner = TestRunner::default();
    let (mut printed, mut expected, mut doubles) = (PrintedRows::new(columns.len()), Vec::new(), Vec::new());
    for id in 0..ROWS {
        let (text, bytes, number, bits) = cells().new_tree(&mut runner).unwrap().current();
        let double =
            if number.abs() < 1e15 && number.abs() > 1e-5 { number.to_string() } else { format!("{number:e}") };
        let row: [Option<Vec<u8>>; 5] = [
            Some(id.to_string().into_bytes()),
            text.map(String::into_bytes),
            bytes,
            Some(double.into_bytes()),
            Some(bits.to_be_bytes().to_vec()),
        ];
        row.iter().for_each(|cell| printed.push(cell.as_deref()));
        let hex = |cell: &Option<Vec<u8>>| cell.as_ref().map_or("null".to_owned(), hex::encode_upper);
        expected.push(format!("{id} {} {} {bits}", hex(&row[1]), hex(&row[2])));
        doubles.push((id, number));
    }
    let mut script = b"set names latin1;\n".to_vec();
    script.extend_from_slice(b"set names utf8mb4; set sql_mode = 'STRICT_ALL_TABLES';\n");
    encoder.header(&mut script);
    encoder.encode(&RowBlock::Mysql(printed), &mut script).unwrap();
    encoder.footer(&mut script);
    succeeded(&MariaDb::shared().await.client(&database.name, std::path::Path::new("/"), &script));
    let read = texts(
        &database,
        "select concat_ws(' ', id, coalesce(hex(t), 'null'), coalesce(hex(b), 'null'), n + 0) as v from c order by id",
    )
    .await;
    expected.sort();
    assert_eq!(read.len(), ROWS);
    for (row, wanted) in read.iter().zip(&expected) {
        assert_eq!(row, wanted);
    }
    let mut read: Vec<(usize, f64)> = texts(&database, "select concat(id, ' ', d) as v from c")
        .await
        .iter()
        .map(|row| row.split_once(' ').map(|(id, number)| (id.parse().unwrap(), number.parse().unwrap())).unwrap())
        .collect();
    read.sort_by_key(|(id, _)| *id);
    assert_eq!(read, doubles);
}
