# Mails. $product is the product's name; moments, days and sizes come written as the language does.

mail-not-working = If the button does not work, copy this address into your browser:
mail-help-mail = Do you need help? Write to { $help }.
mail-help-page = Do you need help? You find it at { $help }.
mail-why-export = You get this mail because your address was named when somebody asked for an export of your data from { $product }.
mail-why-schedule = You get this mail because your address stands in this schedule of exports.
mail-unsubscribe-reminders = Do you want no more reminders like this one? Stop them here:
mail-unsubscribe-schedule = Do you want no more mails about this schedule? Stop them here:
mail-not-you = If you did not ask for this, you can ignore this mail, and you may want to tell the people who run { $product }.

mail-ready-subject = { $product }: your data export is ready
mail-ready-title = Your data is ready
mail-ready-file = The export of your data from { $product } is complete. It is one ZIP file.
mail-ready-files = The export of your data from { $product } is complete. It is a set of files.
mail-ready-file-locked = The export of your data from { $product } is complete. It is one encrypted ZIP file.
mail-ready-files-locked = The export of your data from { $product } is complete. It is a set of encrypted files.
mail-download = Go to the download page
mail-size = Size
mail-page-until = The page works until
mail-deleted-at = It is deleted on
mail-limit =
    { $times ->
        [one] You can download it once.
       *[other] You can download it { $times } times.
    }
mail-asks-code = For your safety the page will mail a code to this address before it gives anything out.
mail-asks-signed-in = For your safety you can only download it while you are signed in to { $product }.
mail-locked = The archive is encrypted. These keys open it, and nothing else does:
mail-locked-how = Download it, then run this in a terminal, with your private key in { $file }:
mail-locked-lost = We cannot open it either, and cannot help if the private keys are lost.
mail-start-file = In the file, open START-HERE.html first. It explains what is in it and how to use it.
mail-start-files = Of the files, open START-HERE.html first. It explains what is in them and how to use them.
mail-private = The link leads to your data: do not pass this mail on.

mail-failed-subject = { $product }: your data export did not succeed
mail-failed-title = Your data export did not succeed
mail-failed-what = On { $asked } an export of your data from { $product } was asked for. It could not be completed, so nothing was sent to anybody. Your data itself is untouched.
mail-failed-again = What you can do: ask for a new export, as you did before. Often that is enough.
mail-failed-button = Ask for a new export
mail-failed-help = If it fails again, write to { $help } and mention this number. It tells them what went wrong:
mail-failed-help-page = If it fails again, go to { $help } and mention this number. It tells them what went wrong:
mail-failed-people = If it fails again, tell the people who run { $product }, and mention this number. It tells them what went wrong:

mail-expiring-subject = { $product }: your data export is deleted on { $day }
mail-expiring-title = Your data export is deleted soon
mail-expiring-what = An export of your data from { $product } has been ready since { $ready }, and nobody has downloaded it yet. On { $end } it is deleted.
mail-expiring-need = If you want to keep it, download it before then. If you do not need it, there is nothing to do: you can ask for a new export at any time.

mail-code-subject = { $product }: your code for the download
mail-code-title = Your code
mail-code-what = Somebody opened the link to your data from { $product } and asked for a code. It is:
mail-code-until = It counts once, until { $until }. Type it in on the page that asked for it.
mail-code-secret = Never tell this code to anybody, also not to people who say that they work for { $product }: together with the link it gives them your data.
mail-code-not-you = If that was not you, somebody else has your link. They get nothing without this code, but tell the people who run { $product }.

mail-run-failed-subject = { $product }: a scheduled run of exports failed
mail-run-failed-title = A scheduled run of exports failed
mail-paused-subject = { $product }: a schedule of exports is paused
mail-paused-title = A schedule of exports is paused
mail-run-failed-what = A run of the schedule “{ $name }”, which began on { $began }, did not succeed.
mail-run-failed-count =
    { $all ->
        [one] Its only export failed.
       *[other] { $failed } of its { $all } exports failed.
    }
mail-run-failed-missing = Not every export could be asked for.
mail-run-failed-on = The schedule goes on, and runs again at its next time.
mail-paused-why =
    { $failures ->
        [one] So the schedule is paused: it exports nothing until somebody lets it go on.
       *[other] With it { $failures } runs in a row have failed, so the schedule is paused: it exports nothing until somebody lets it go on.
    }
mail-paused-how = When the reason is repaired, let it go on with this request:
mail-run-numbers = Why it failed is shown under these numbers:
mail-schedule = Schedule
mail-run = Run

# The page that stops mails.

mail-stop-reminders = Stop these reminders?
mail-stop-reminders-what = Then you get no more mails that remind you of an export which nobody has downloaded. Mails that an export is ready, or did not succeed, still come.
mail-stop-schedule = Stop the mails about this schedule?
mail-stop-schedule-what = Then you are no longer told when a run of this schedule fails or when it is paused. Make sure that somebody else is.
mail-stop-button = Stop them
mail-stopped = Done: they are stopped
mail-stopped-what = You can close this page. If it was a mistake, you can take it back here.
mail-stopped-undo = Send them again
mail-wanted = Done: they come again
mail-wanted-what = Everything is as it was before. You can close this page.
mail-stop-unknown = This link does not work
mail-stop-unknown-what = Part of it may be missing: mail programs sometimes break long links in two. Open the mail again and copy the whole link.
