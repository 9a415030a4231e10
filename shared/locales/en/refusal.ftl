# Pages that say why there is nothing to do here, and what to do instead.

refusal-anew = Your data is still where it was. Ask for a new export in the place where you asked for this one, and you get a new link.
refusal-anew-here = Your data is still where it was. Ask for a new export, and you get a new link.
refusal-anew-button = Get a new export
refusal-not-found = This link does not work
refusal-not-found-why = Part of it may be missing: mail programs sometimes break long links in two. Open the mail again and copy the whole link.
refusal-not-found-then = If that does not help, ask for a new export.
refusal-revoked = This link was withdrawn
refusal-revoked-why = Somebody who may do so has withdrawn it, so that nobody can use it any more.
refusal-expired = This link has expired
refusal-expired-why = Links count for a limited time, so that an old mail in the wrong hands leads nowhere.
refusal-deleted = This archive was deleted
refusal-deleted-why = Archives are kept for a limited time only and then deleted.
refusal-used-up = This link was used
refusal-used-up-why = It gives your data a limited number of times, and has done so. A download that broke off can be taken up again in your browser’s list of downloads.
refusal-over = This download is over
refusal-over-why = A download has to begin within minutes after the click, and can be taken up again for a day.
refusal-over-then = Open your link again and press the button there.
refusal-which-file = Which file do you want?
refusal-which-file-why = This link leads to several files, and to none of this name. Open the link again and choose one.
refusal-sign-in = Sign in to download
refusal-sign-in-why = This link gives nothing away by itself. Sign in to { $product } as you always do, and open the download there.
refusal-sign-in-button = Go to { $product }
refusal-code-needed = First, is it you?
refusal-code-needed-why = This link asks for a code from a mail before it gives anything out, and what you gave counts for ten minutes. Open the link again.
refusal-form = This form does not count
refusal-form-why = The page was open for too long, or the form was not sent from this page. Open the link again and press the button there. Nothing was changed.
refusal-not-a-code = That is not a code
refusal-not-a-code-why = A code has eight digits. Go back and type it in once more; this did not cost a try.
refusal-wait = Please wait a moment
refusal-wait-code = Another code can be mailed from { $time } on. Go back and look for the last one.
refusal-wait-why = From your connection came more requests than usual. Nothing is wrong with your link.
refusal-wait-seconds = { $count ->
    [one] Try again in one second.
   *[other] Try again in { $shown } seconds.
}
refusal-wait-minutes = { $count ->
    [one] Try again in one minute.
   *[other] Try again in { $shown } minutes.
}
refusal-away = This does not work right now
refusal-away-archive = The archive cannot be reached right now. Try again in a few minutes.
refusal-away-why = The service cannot be reached right now. Try again in a few minutes.
refusal-broken-why = Something went wrong on our side, and we have written down what. Try again in a few minutes.
refusal-still-counts = Your link still counts.
refusal-number = If you ask for help, give this number:
