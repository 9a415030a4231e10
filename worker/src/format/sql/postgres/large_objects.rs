//! Large objects of PostgreSQL as statements that create them under their own numbers.

/// The name of the member.
pub const PATH: &str = "sql/large_objects.sql";

/// What stands before the first object.
pub const HEADER: &str = "-- The large objects that rows of this archive point to. sql/restore.sql runs this file.\n\
     -- Each is created under its own number; where the database has one of that number already, the restore stops, and nothing is overwritten.\n\n";

/// Appends the statement that creates an empty object.
pub fn create(number: u32, out: &mut Vec<u8>) {
    // A plain `select` would print a line for each.
    out.extend_from_slice(format!("do $$begin perform pg_catalog.lo_create({number}); end$$;\n").as_bytes());
}

/// Appends the statement that writes a piece of an object.
pub fn put(number: u32, offset: u64, piece: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(format!("do $$begin perform pg_catalog.lo_put({number}, {offset}, '\\x").as_bytes());
    out.extend_from_slice(hex::encode(piece).as_bytes());
    out.extend_from_slice(b"'); end$$;\n");
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_piece_is_written_where_it_belongs() {
        let mut out = Vec::new();
        super::create(4_294_967_295, &mut out);
        super::put(4_294_967_295, 262_144, b"\0'\\\xff", &mut out);
        let expected = "do $$begin perform pg_catalog.lo_create(4294967295); end$$;\n\
                        do $$begin perform pg_catalog.lo_put(4294967295, 262144, '\\x00275cff'); end$$;\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
