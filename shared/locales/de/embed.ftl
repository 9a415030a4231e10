# The button in the product: <handover-export>. Each sentence goes to the page as it stands, with its places open.

embed-intro = Holen Sie sich eine Kopie Ihrer Daten in einer einzigen Datei. Sie lässt sich auf jedem Computer öffnen, und andere Programme können sie lesen.
embed-start = Meine Daten exportieren
embed-estimating = Der Umfang wird ermittelt …
embed-estimate = { $tables ->
    [one] Etwa { $size }, eine Tabelle.
   *[other] Etwa { $size }, { $tables } Tabellen.
}
embed-starting = Ihr Export wird angefordert …
embed-expired = Ihr letzter Export wurde nach Ablauf seiner Frist gelöscht.

embed-queued-title = Ihr Export wartet, bis er an der Reihe ist
embed-queued-position = { $position ->
    [1] Er ist der nächste.
   *[other] Er steht an { $position }. Stelle der Warteschlange.
}
embed-queued-again = Der letzte Versuch ist nicht gelungen. Der nächste beginnt von selbst am { $date }.
embed-running-title = Ihre Daten werden zusammengestellt
embed-planning = Es wird ermittelt, was Ihnen gehört …
embed-step = { $total ->
    [one] { $done } von { $total } Tabelle, { $rows } Zeilen
   *[other] { $done } von { $total } Tabellen, { $rows } Zeilen
}
embed-table = Gerade: { $table }
embed-storing = Die Datei wird geprüft und abgelegt …
embed-leave = Sie können diese Seite verlassen. Der Export läuft weiter, und Sie finden ihn hier, wenn Sie zurückkommen.
embed-leave-with-mail = Sie können diese Seite verlassen. Der Export läuft weiter, und Sie bekommen eine E-Mail, sobald er fertig ist.
embed-cancel = Abbrechen

embed-ready-title = Ihre Daten sind bereit
embed-ready-until = { $size }, verfügbar bis { $date }.
embed-download = Herunterladen
embed-downloading = Der Download beginnt. Falls nichts geschieht, drücken Sie die Schaltfläche noch einmal.
embed-locked = Die Datei ist verschlüsselt: Sie lässt sich nur mit dem zugehörigen privaten Schlüssel öffnen.
embed-again = Neuen Export erstellen
embed-again-from = Einen neuen Export können Sie ab dem { $date } erstellen.

embed-cool-down-title = Ihren nächsten Export können Sie ab dem { $date } erstellen
embed-cool-down-detail = Der letzte wurde erst vor Kurzem erstellt.
embed-failed-title = Ihr Export ist nicht gelungen
embed-failed-detail = An Ihren Daten wurde nichts verändert. Bitte versuchen Sie es noch einmal. Wenn es wieder nicht gelingt, nennen Sie dem Support diese Nummer: { $id }
embed-too-large = Es sind mehr Daten, als über diese Schaltfläche exportiert werden dürfen. Bitte wenden Sie sich für Ihren Export an den Support.
embed-retry = Noch einmal versuchen
embed-cancelled-title = Der Export wurde abgebrochen
embed-cancelled-detail = Davon wurde nichts aufbewahrt.

embed-offline = Sie sind offline. Sobald die Verbindung wieder da ist, geht es von selbst weiter.
embed-unreachable = Zurzeit kommt keine Antwort. Es wird von selbst weiter versucht …
embed-sign-in-title = Bitte melden Sie sich noch einmal an
embed-sign-in-over = Ihre Sitzung ist beendet.
embed-sign-in-fresh = Alle Daten eines Kontos erhält nur, wer sich gerade erst angemeldet hat.
embed-continue = Weiter
embed-refused-title = Ihre Daten können hier nicht exportiert werden
embed-refused-detail = Bitte wenden Sie sich an den Support und nennen Sie dieses Wort: { $code }
