# E-Mails. $product ist der Name des Produkts; Zeitpunkte, Tage und Größen kommen in der Schreibweise der Sprache.

mail-not-working = Falls die Schaltfläche nicht funktioniert, kopieren Sie diese Adresse in Ihren Browser:
mail-help-mail = Brauchen Sie Hilfe? Schreiben Sie an { $help }.
mail-help-page = Brauchen Sie Hilfe? Sie finden sie unter { $help }.
mail-why-export = Sie erhalten diese E-Mail, weil Ihre Adresse angegeben wurde, als jemand einen Export Ihrer Daten aus { $product } angefordert hat.
mail-why-schedule = Sie erhalten diese E-Mail, weil Ihre Adresse in diesem Zeitplan für Exporte steht.
mail-unsubscribe-reminders = Sie möchten keine solchen Erinnerungen mehr? Hier können Sie sie abbestellen:
mail-unsubscribe-schedule = Sie möchten keine E-Mails zu diesem Zeitplan mehr? Hier können Sie sie abbestellen:
mail-not-you = Falls Sie das nicht angefordert haben, können Sie diese E-Mail ignorieren. Sagen Sie dann am besten den Betreibern von { $product } Bescheid.

mail-ready-subject = { $product }: Ihr Datenexport ist fertig
mail-ready-title = Ihre Daten sind bereit
mail-ready-file = Der Export Ihrer Daten aus { $product } ist fertig. Er besteht aus einer ZIP-Datei.
mail-ready-files = Der Export Ihrer Daten aus { $product } ist fertig. Er besteht aus mehreren Dateien.
mail-ready-file-locked = Der Export Ihrer Daten aus { $product } ist fertig. Er besteht aus einer verschlüsselten ZIP-Datei.
mail-ready-files-locked = Der Export Ihrer Daten aus { $product } ist fertig. Er besteht aus mehreren verschlüsselten Dateien.
mail-download = Zur Download-Seite
mail-size = Größe
mail-page-until = Die Seite ist erreichbar bis
mail-deleted-at = Gelöscht wird er am
mail-limit =
    { $times ->
        [one] Sie können ihn einmal herunterladen.
       *[other] Sie können ihn { $times }-mal herunterladen.
    }
mail-asks-code = Zu Ihrer Sicherheit schickt die Seite einen Code an diese Adresse, bevor sie etwas herausgibt.
mail-asks-signed-in = Zu Ihrer Sicherheit können Sie ihn nur herunterladen, während Sie bei { $product } angemeldet sind.
mail-locked = Das Archiv ist verschlüsselt. Nur diese Schlüssel öffnen es:
mail-locked-how = Laden Sie es herunter und führen Sie dann in einem Terminal diesen Befehl aus; Ihr privater Schlüssel liegt in { $file }:
mail-locked-lost = Auch wir können es nicht öffnen und können nicht helfen, wenn die privaten Schlüssel verloren gehen.
mail-start-file = Öffnen Sie in der Datei zuerst START-HERE.html. Dort steht, was sie enthält und wie Sie sie verwenden.
mail-start-files = Öffnen Sie von den Dateien zuerst START-HERE.html. Dort steht, was sie enthalten und wie Sie sie verwenden.
mail-private = Der Link führt zu Ihren Daten: Leiten Sie diese E-Mail nicht weiter.

mail-failed-subject = { $product }: Ihr Datenexport ist fehlgeschlagen
mail-failed-title = Ihr Datenexport ist fehlgeschlagen
mail-failed-what = Am { $asked } wurde ein Export Ihrer Daten aus { $product } angefordert. Er konnte nicht abgeschlossen werden, deshalb wurde niemandem etwas geschickt. Ihre Daten selbst sind unverändert.
mail-failed-again = Was Sie tun können: Fordern Sie einen neuen Export an, so wie beim ersten Mal. Oft genügt das schon.
mail-failed-button = Neuen Export anfordern
mail-failed-help = Falls er wieder fehlschlägt, schreiben Sie an { $help } und nennen Sie diese Nummer. Sie zeigt dort, woran es lag:
mail-failed-help-page = Falls er wieder fehlschlägt, wenden Sie sich an { $help } und nennen Sie diese Nummer. Sie zeigt dort, woran es lag:
mail-failed-people = Falls er wieder fehlschlägt, wenden Sie sich an die Betreiber von { $product } und nennen Sie diese Nummer. Sie zeigt dort, woran es lag:

mail-expiring-subject = { $product }: Ihr Datenexport wird am { $day } gelöscht
mail-expiring-title = Ihr Datenexport wird bald gelöscht
mail-expiring-what = Ein Export Ihrer Daten aus { $product } liegt seit dem { $ready } bereit, und noch niemand hat ihn heruntergeladen. Am { $end } wird er gelöscht.
mail-expiring-need = Wenn Sie ihn behalten möchten, laden Sie ihn vorher herunter. Wenn Sie ihn nicht brauchen, müssen Sie nichts tun: Einen neuen Export können Sie jederzeit anfordern.

mail-code-subject = { $product }: Ihr Code für den Download
mail-code-title = Ihr Code
mail-code-what = Jemand hat den Link zu Ihren Daten aus { $product } geöffnet und einen Code angefordert. Er lautet:
mail-code-until = Er gilt einmal, bis { $until }. Geben Sie ihn auf der Seite ein, die danach gefragt hat.
mail-code-secret = Verraten Sie diesen Code niemandem, auch nicht Leuten, die angeblich für { $product } arbeiten: Zusammen mit dem Link erhalten sie damit Ihre Daten.
mail-code-not-you = Falls Sie das nicht waren, hat jemand anderes Ihren Link. Ohne diesen Code bekommt diese Person nichts; sagen Sie aber den Betreibern von { $product } Bescheid.

mail-run-failed-subject = { $product }: Ein geplanter Lauf von Exporten ist fehlgeschlagen
mail-run-failed-title = Ein geplanter Lauf von Exporten ist fehlgeschlagen
mail-paused-subject = { $product }: Ein Zeitplan für Exporte ist angehalten
mail-paused-title = Ein Zeitplan für Exporte ist angehalten
mail-run-failed-what = Ein Lauf des Zeitplans „{ $name }“, der am { $began } begann, ist fehlgeschlagen.
mail-run-failed-count =
    { $all ->
        [one] Sein einziger Export ist fehlgeschlagen.
       *[other] { $failed } seiner { $all } Exporte sind fehlgeschlagen.
    }
mail-run-failed-missing = Nicht jeder Export konnte angefordert werden.
mail-run-failed-on = Der Zeitplan läuft weiter, das nächste Mal zur vorgesehenen Zeit.
mail-paused-why =
    { $failures ->
        [one] Deshalb ist der Zeitplan angehalten: Er exportiert nichts, bis jemand ihn weiterlaufen lässt.
       *[other] Damit sind { $failures } Läufe hintereinander fehlgeschlagen. Deshalb ist der Zeitplan angehalten: Er exportiert nichts, bis jemand ihn weiterlaufen lässt.
    }
mail-paused-how = Wenn die Ursache behoben ist, lassen Sie ihn mit dieser Anfrage weiterlaufen:
mail-run-numbers = Warum der Lauf fehlgeschlagen ist, steht unter diesen Nummern:
mail-schedule = Zeitplan
mail-run = Lauf

# Die Seite, die E-Mails abbestellt.

mail-stop-reminders = Diese Erinnerungen abbestellen?
mail-stop-reminders-what = Dann erhalten Sie keine E-Mails mehr, die Sie an einen Export erinnern, den noch niemand heruntergeladen hat. E-Mails darüber, dass ein Export fertig oder fehlgeschlagen ist, kommen weiterhin.
mail-stop-schedule = E-Mails zu diesem Zeitplan abbestellen?
mail-stop-schedule-what = Dann erfahren Sie nicht mehr, wenn ein Lauf dieses Zeitplans fehlschlägt oder der Zeitplan angehalten wird. Sorgen Sie dafür, dass jemand anderes es erfährt.
mail-stop-button = Abbestellen
mail-stopped = Erledigt: Sie sind abbestellt
mail-stopped-what = Sie können diese Seite schließen. Falls es ein Versehen war, können Sie es hier zurücknehmen.
mail-stopped-undo = Wieder schicken
mail-wanted = Erledigt: Sie kommen wieder
mail-wanted-what = Alles ist wie zuvor. Sie können diese Seite schließen.
mail-stop-unknown = Dieser Link funktioniert nicht
mail-stop-unknown-what = Vielleicht fehlt ein Teil: E-Mail-Programme brechen lange Links manchmal um. Öffnen Sie die E-Mail noch einmal und kopieren Sie den ganzen Link.
