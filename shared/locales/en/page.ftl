# The pages behind a link, and the first page of the server.

page-title = Your data export
page-ready = Your data export is ready
page-lead-all = Here is the data that { $product } keeps for you.
page-lead-person = Here is the data that { $product } keeps about one person.
page-shape-zip = It is one ZIP file, which opens on every computer.
page-shape-locked = It is one encrypted ZIP file, which only your key opens.
page-shape-files = { $count ->
    [one] It is one file of { $size }.
   *[other] It is { $shown } files of { $size } together.
}
page-shape-files-locked = { $count ->
    [one] It is one encrypted file of { $size }, which only your key opens.
   *[other] It is { $shown } encrypted files of { $size } together, which only your key opens.
}

page-download = Download
page-fact-file = File
page-fact-made = Made
page-fact-until = Available until
page-fact-downloads = Downloads
page-fact-tables = Tables
page-fact-rows = Rows
page-fact-unpacked = Unpacked
page-fact-formats = Formats
page-limit = { $count ->
    [one] once
   *[other] { $shown } times
}
page-limit-each = { $count ->
    [one] each file once
   *[other] each file { $shown } times
}

page-contents = What is in it
page-category-counts = { $tables ->
    [one] 1 table
   *[other] { $tables-shown } tables
}, { $rows ->
    [one] 1 row
   *[other] { $rows-shown } rows
}
page-category-other = Other tables
page-category-more = { $count ->
    [one] and one more table
   *[other] and { $shown } more tables
}
page-table = Table
page-rows = Rows
page-contents-excluded = { $count ->
    [one] One table of the product is left out; START-HERE.html says why.
   *[other] { $shown } tables of the product are left out; START-HERE.html says why for each.
}

page-open = How to open it
page-open-unpack = Unpack it
page-open-unpack-how = Double-click the ZIP file; on Windows, right-click it and choose “Extract all”. On a phone, open it with the Files app.
page-open-start = Begin with START-HERE.html
page-open-start-how = Open it with a double-click: it explains every table in plain words and leads to each file.
page-open-spreadsheet = Look at it in a spreadsheet
page-open-spreadsheet-how = Every table is a file in the folder “csv”, made for spreadsheets: double-click one, and Excel, LibreOffice or Numbers shows it.
page-open-csv-how = Every table is a file in the folder “csv”. They are made for programs; to see one in Excel, LibreOffice or Numbers, import it as UTF-8 with commas.
page-open-database = Put it into a database
page-open-database-how = For technicians: the folder “sql” restores tables, rows and keys into an empty database. Run this in the unpacked folder.
page-open-program = Read it with a program
page-open-program-how = Every table is a file of JSON Lines in the folder “jsonl”: each line is one row.
page-compressed = Files that end in { $ending } are compressed. 7-Zip opens them on Windows, and this command does on Linux and macOS.

page-check = Check that the file arrived whole
page-check-what = This is the SHA-256 checksum of the file:
page-check-how = In a terminal, this prints the checksum of what you saved. It must be the same.
page-secret = Whoever has this link can download your data. Don’t pass it on, and keep what you download in a safe place.
page-safe = What you download is your data: keep it in a safe place.

page-locked = Only these keys open it
page-locked-who = The archive is encrypted. Whoever has the private half of one of these keys can open it, and nobody else can. We can’t open it either, and we can’t help if the private keys are lost.
page-locked-how = Download first. Then run this in a terminal, with your private key in the file { $file }.
page-locked-age = The program age is free. One of these lines installs it; rage takes the same words.

page-files = Files
page-files-name = File
page-files-size = Size
page-files-done = Downloaded
page-files-one = Download { $file }
page-all = Download and check all files at once
page-all-how = In a terminal on Linux or macOS. The folders are made as they belong, and the last line says whether every file arrived whole.
page-all-address = the address of this page

page-code = First, is it you?
page-code-lead = Your data export is ready. To make sure that nobody else gets it, a code is mailed to { $address } before you can download it.
page-code-lost = This link asks for a code by mail, but the address it would go to is not known any more.
page-code-label = The code from the mail
page-code-digits = Eight digits
page-code-continue = Continue
page-code-mail = Mail me a code
page-code-again = Mail me another code
page-code-wait = Nothing came? Look among unwanted mails too. Another code can be mailed from { $time } on.
page-code-rules = A code counts for ten minutes and three tries. Never tell it to anybody.
page-code-sent = A code was mailed to you. It counts until { $time }.
page-code-wrong = { $count ->
    [one] That was not the code. You have one more try.
   *[other] That was not the code. You have { $shown } more tries.
}
page-code-dead = That was not the code, and it takes no more tries.
page-code-coming = A code is on its way. It can take a minute.
page-code-expired = The last code has expired.
page-code-used = The last code was used.
page-code-failed = The code could not be mailed.

page-welcome = Data exports
page-welcome-lead = This server hands people the data that { $product } holds for them.
page-welcome-lost = Did you come here by a link in a mail? Part of it is missing: open the mail again and copy the whole link.
page-welcome-engineers = For engineers:
page-welcome-documentation = documentation of the API

page-help = Need help?
page-language = Language
