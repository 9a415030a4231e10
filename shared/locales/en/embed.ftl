# The button in the product: <handover-export>. Each sentence goes to the page as it stands, with its places open.

embed-intro = Get a copy of your data in one file. It opens on every computer, and other programs can read it.
embed-start = Export my data
embed-estimating = Working out how much that is …
embed-estimate = { $tables ->
    [one] About { $size }, one table.
   *[other] About { $size }, { $tables } tables.
}
embed-starting = Asking for your export …
embed-expired = Your last export was deleted at the end of its time.

embed-queued-title = Your export waits for its turn
embed-queued-position = { $position ->
    [1] It is next.
   *[other] It is number { $position } in the queue.
}
embed-queued-again = The last attempt did not succeed. The next one begins by itself on { $date }.
embed-running-title = Your data is being collected
embed-planning = Looking up what belongs to you …
embed-step = { $total ->
    [one] { $done } of { $total } table, { $rows } rows
   *[other] { $done } of { $total } tables, { $rows } rows
}
embed-table = Now: { $table }
embed-storing = Checking and storing the file …
embed-leave = You can leave this page. The export goes on, and you find it here when you come back.
embed-leave-with-mail = You can leave this page. The export goes on, and you get a mail when it is ready.
embed-cancel = Cancel

embed-ready-title = Your data is ready
embed-ready-until = { $size }, available until { $date }.
embed-download = Download
embed-downloading = The download begins. If nothing happens, press the button again.
embed-locked = The file is encrypted: it can only be opened with the private key that belongs to it.
embed-again = Make a new export
embed-again-from = You can make a new export from { $date } on.

embed-cool-down-title = You can make your next export from { $date } on
embed-cool-down-detail = The last one was made not long ago.
embed-failed-title = Your export did not succeed
embed-failed-detail = Nothing of your data was changed. Please try again. If it fails once more, tell support this number: { $id }
embed-too-large = There is more data than this button may export. Please ask support for your export.
embed-retry = Try again
embed-cancelled-title = The export was cancelled
embed-cancelled-detail = Nothing was kept of it.

embed-offline = You are offline. This goes on by itself when the connection is back.
embed-unreachable = No answer at the moment. This tries again by itself …
embed-sign-in-title = Please sign in again
embed-sign-in-over = Your session has ended.
embed-sign-in-fresh = All data of an account is handed out only to somebody who signed in just now.
embed-continue = Continue
embed-refused-title = Your data cannot be exported here
embed-refused-detail = Please ask support, and tell them this word: { $code }
