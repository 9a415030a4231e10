# START-HERE.html, the page in every archive.

start-title = Your data
start-title-product = Your data from { $product }
start-owner-person = { $kind } { $key }, in the data of { $tenant }
start-as-of = { $owner }, as everything stood on { $time }
start-fact-tables = Tables
start-fact-rows = Rows
start-fact-size = Size, unpacked
start-fact-formats = Files as
start-page = On this page

start-what = What this is
start-what-person = This folder holds the data that belong to one person, { $kind } { $key }.
start-what-person-product = This folder holds the data in { $product } that belong to one person, { $kind } { $key }.
start-what-all = This folder holds your data.
start-what-all-product = This folder holds the data that { $product } keeps for you.
start-what-tables = It is arranged in tables, as in a spreadsheet: each line is one thing (a sale, a customer), each column says something about it. All tables were read at the same moment, so that they fit together.
start-what-list = The list below says for every table what it is, why it is here and where its file is. What is not included is listed too, with the reason.

start-open = How to open it
start-open-unpack = Unpack the ZIP file first: double-click it, or right-click it and choose “Extract all”. Inside the ZIP, links and double-clicks may not work.
start-open-compressed = Files whose names end in { $ending } are compressed, each by itself. Unpack those that you want to open: on Windows with 7-Zip, on Linux and macOS all of them by this command, run in this folder.
start-open-zstd = The program zstd is in every package manager.
start-open-csv = Look at it: the folder “csv”
start-open-csv-how = Every table is one file that ends in .csv. Double-click it, and Excel, LibreOffice Calc or Numbers shows it as a sheet.
start-open-csv-guarded = These files are prepared for spreadsheets. A cell that a spreadsheet would take for a formula has an apostrophe in front, so that it is only shown and never run. A value that it would change, such as 00123 or a long number, ends with an invisible tab, so that it stays as it is.
start-open-csv-import = If letters such as ä or é look wrong, use the program’s import (in Excel: Data → From Text/CSV) and choose the encoding “UTF-8” and the separator “comma”.
start-open-csv-numbers = A spreadsheet may shorten long numbers and drop zeros in front (as in 00123). The file itself has them all: import such columns as text.
start-open-sql = Put it into a database: the folder “sql”
start-open-sql-how = For technicians: this restores tables, rows, keys and indexes into an empty { $database } database. Run it in this folder.
start-open-sql-whole = It happens in one transaction: either everything is restored or nothing. No special rights are needed.
start-open-sql-steps = If it stops with an error, drop the database and begin anew. At its end it lists rows that point to rows which are not in this archive; mostly there is none. No special rights are needed.
start-open-jsonl = Read it with a program: the folder “jsonl”
start-open-jsonl-how = Every table is one file of JSON Lines: each line is one row as a JSON object, with the names of the columns as keys.
start-objects = Pictures, documents and the like: the folder “large_objects”
start-objects-how = Some things are kept beside the tables, and a row only holds their number. Each is one file here with that number as its name: the row with 16400 means large_objects/16400.bin. The file has the bytes as they were stored; what kind they are, the database does not know.
start-objects-sql = The SQL files restore them too, under the same numbers.
start-objects-column = Column
start-objects-files = Files
start-objects-missing = Numbers without one
start-in-table = in { $table }

start-tables = What is in it
start-tables-none = There is no table in this archive.
start-category-counts = { $tables ->
    [one] 1 table
   *[other] { $tables-shown } tables
}, { $rows ->
    [one] 1 row
   *[other] { $rows-shown } rows
}
start-category-other = Other tables
start-table = Table
start-why = Why it is here
start-rows = Rows
start-kind-owned = Your rows
start-kind-referenced = Rows that yours point to
start-kind-shared = Reference data

start-missing = What is not included
start-missing-nothing = Nothing was left out.
start-missing-tables = Tables
start-missing-columns = Columns
start-missing-column = Column
start-missing-why = Why not
start-missing-how = What happened to it
start-missing-rules = Rules of the database
start-missing-rules-what = No rows are missing because of these. They only matter to technicians who restore the SQL files: a rule cannot be restored where a table or column that it needs is not here.
start-missing-rule = Rule
start-missing-rule-of = of { $table }
start-left-out = Left out: { $reason }
start-masked = Masked: { $how }
start-mask-last4 = only the last four characters are shown
start-mask-email = only the first character and the domain are shown
start-mask-redact = hidden: every value is shown as ***

start-verify = How to check that it is complete
start-verify-how = The file CHECKSUMS.sha256 holds a fingerprint of every other file. If a single character changed on the way, the check says so. Run one of these in this folder:
start-verify-windows = Windows (PowerShell); it prints nothing when all is well
start-verify-zip = With Handover installed, “handover verify” and the name of the ZIP file also counts every row again.
start-verify-folder = With Handover installed, “handover verify” and the name of this folder also counts every row again.
start-signed = The archive is signed: manifest.json.sig shows that manifest.json, and with it the fingerprint of every file of your data, was written by whoever has this key:
start-signed-ask = Ask the sender for the public half of that key, then run this, which must say “Signature Verified Successfully”:
start-signed-ask-product = Ask { $product } for the public half of that key, then run this, which must say “Signature Verified Successfully”:

start-details = Every table in detail
start-row-count = { $count ->
    [one] { $shown } row
   *[other] { $shown } rows
}
start-because = Why it is here:
start-preview = { $which ->
    [all] All rows
   *[first] The first rows
}{ $count ->
    [0] {""}
    [one] , without the last column
   *[other] , without the last { $shown } columns
}; long values are cut here, not in the files
start-columns = { $count ->
    [one] { $shown } column
   *[other] { $shown } columns
}
start-column = Column
start-type = Kind of value
start-remark = Remark
start-remark-hex = some values are not readable text and stand as handover-hex: and their bytes
start-remark-guarded = some values got a ' in front, so that a spreadsheet does not run them
start-remark-kept = some values end with an invisible tab, so that a spreadsheet keeps their zeros and digits

start-programs = For programs
start-programs-csv = This file has every table, file, row count and fingerprint, and how the CSV files are written:
start-programs-other = This file has every table, file, row count and fingerprint, and how the files were made:
start-programs-package = This one describes the CSV files as a Frictionless Data Package, with the type of every column and the keys between tables:
start-csv-shape = { $mark ->
    [yes] RFC 4180: comma, ", lines end with CR LF, UTF-8 with a byte order mark, first line names the columns
   *[no] RFC 4180: comma, ", lines end with CR LF, UTF-8, first line names the columns
}
start-csv-null = No value
start-csv-null-spreadsheet = An empty field; the empty text looks the same
start-csv-null-lossless = An empty field; the empty text is "". Only in tables of one column, no value is \N
start-csv-binary = Binary
start-csv-unreadable = Text that is not UTF-8
start-csv-values = Values

start-made = Made on { $time } by { $program }. Export { $export }, tenant { $tenant }.
start-made-person = Made on { $time } by { $program }. Export { $export }, tenant { $tenant }, { $kind } { $key }.
start-read = Read from { $database } ({ $isolation }).
