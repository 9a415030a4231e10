# Seiten, die sagen, warum es hier nichts zu tun gibt und was stattdessen hilft.

refusal-anew = Ihre Daten sind noch da, wo sie waren. Fordern Sie dort, wo Sie diesen Export angefordert haben, einen neuen an; dann bekommen Sie einen neuen Link.
refusal-anew-here = Ihre Daten sind noch da, wo sie waren. Fordern Sie einen neuen Export an; dann bekommen Sie einen neuen Link.
refusal-anew-button = Neuen Export anfordern
refusal-not-found = Dieser Link funktioniert nicht
refusal-not-found-why = Vielleicht fehlt ein Teil: E-Mail-Programme brechen lange Links manchmal um. Öffnen Sie die E-Mail noch einmal und kopieren Sie den ganzen Link.
refusal-not-found-then = Wenn das nicht hilft, fordern Sie einen neuen Export an.
refusal-revoked = Dieser Link wurde zurückgezogen
refusal-revoked-why = Jemand, der das darf, hat ihn zurückgezogen, damit ihn niemand mehr verwenden kann.
refusal-expired = Dieser Link ist abgelaufen
refusal-expired-why = Links gelten nur begrenzte Zeit, damit eine alte E-Mail in falschen Händen nirgendwohin führt.
refusal-deleted = Dieses Archiv wurde gelöscht
refusal-deleted-why = Archive werden nur begrenzte Zeit aufbewahrt und dann gelöscht.
refusal-used-up = Dieser Link wurde schon verwendet
refusal-used-up-why = Er gibt Ihre Daten nur begrenzt oft heraus, und das hat er getan. Einen abgebrochenen Download können Sie in der Download-Liste Ihres Browsers fortsetzen.
refusal-over = Dieser Download ist vorbei
refusal-over-why = Ein Download muss wenige Minuten nach dem Klick beginnen und kann einen Tag lang fortgesetzt werden.
refusal-over-then = Öffnen Sie Ihren Link noch einmal und drücken Sie dort den Knopf.
refusal-which-file = Welche Datei möchten Sie?
refusal-which-file-why = Dieser Link führt zu mehreren Dateien, aber zu keiner mit diesem Namen. Öffnen Sie den Link noch einmal und wählen Sie eine aus.
refusal-sign-in = Zum Herunterladen bitte anmelden
refusal-sign-in-why = Dieser Link allein gibt nichts heraus. Melden Sie sich wie gewohnt bei { $product } an und öffnen Sie den Download dort.
refusal-sign-in-button = Zu { $product }
refusal-code-needed = Sind Sie es wirklich?
refusal-code-needed-why = Dieser Link verlangt einen Code aus einer E-Mail, bevor er etwas herausgibt, und ein eingegebener Code gilt zehn Minuten. Öffnen Sie den Link noch einmal.
refusal-form = Dieses Formular zählt nicht
refusal-form-why = Die Seite war zu lange offen, oder das Formular kam nicht von dieser Seite. Öffnen Sie den Link noch einmal und drücken Sie dort den Knopf. Es wurde nichts geändert.
refusal-not-a-code = Das ist kein Code
refusal-not-a-code-why = Ein Code hat acht Ziffern. Gehen Sie zurück und geben Sie ihn noch einmal ein; das hat keinen Versuch gekostet.
refusal-wait = Einen Moment, bitte
refusal-wait-code = Ab { $time } kann ein neuer Code geschickt werden. Gehen Sie zurück und suchen Sie nach dem letzten.
refusal-wait-why = Von Ihrer Verbindung kamen mehr Anfragen als üblich. Mit Ihrem Link ist alles in Ordnung.
refusal-wait-seconds = { $count ->
    [one] Versuchen Sie es in einer Sekunde noch einmal.
   *[other] Versuchen Sie es in { $shown } Sekunden noch einmal.
}
refusal-wait-minutes = { $count ->
    [one] Versuchen Sie es in einer Minute noch einmal.
   *[other] Versuchen Sie es in { $shown } Minuten noch einmal.
}
refusal-away = Das geht gerade nicht
refusal-away-archive = Das Archiv ist gerade nicht erreichbar. Versuchen Sie es in ein paar Minuten noch einmal.
refusal-away-why = Der Dienst ist gerade nicht erreichbar. Versuchen Sie es in ein paar Minuten noch einmal.
refusal-broken-why = Bei uns ist etwas schiefgegangen, und wir haben notiert, was. Versuchen Sie es in ein paar Minuten noch einmal.
refusal-still-counts = Ihr Link gilt weiterhin.
refusal-number = Wenn Sie um Hilfe bitten, nennen Sie diese Nummer:
