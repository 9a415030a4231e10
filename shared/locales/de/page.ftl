# Die Seiten hinter einem Link und die erste Seite des Servers.

page-title = Ihr Datenexport
page-ready = Ihr Datenexport ist fertig
page-lead-all = Hier sind die Daten, die { $product } für Sie aufbewahrt.
page-lead-person = Hier sind die Daten, die { $product } über eine Person aufbewahrt.
page-shape-zip = Es ist eine einzige ZIP-Datei, die sich auf jedem Computer öffnen lässt.
page-shape-locked = Es ist eine einzige verschlüsselte ZIP-Datei, die nur Ihr Schlüssel öffnet.
page-shape-files = { $count ->
    [one] Es ist eine Datei mit { $size }.
   *[other] Es sind { $shown } Dateien mit zusammen { $size }.
}
page-shape-files-locked = { $count ->
    [one] Es ist eine verschlüsselte Datei mit { $size }, die nur Ihr Schlüssel öffnet.
   *[other] Es sind { $shown } verschlüsselte Dateien mit zusammen { $size }, die nur Ihr Schlüssel öffnet.
}

page-download = Herunterladen
page-fact-file = Datei
page-fact-made = Erstellt
page-fact-until = Verfügbar bis
page-fact-downloads = Downloads
page-fact-tables = Tabellen
page-fact-rows = Zeilen
page-fact-unpacked = Entpackt
page-fact-formats = Formate
page-limit = { $count ->
    [one] einmal
   *[other] { $shown }-mal
}
page-limit-each = { $count ->
    [one] jede Datei einmal
   *[other] jede Datei { $shown }-mal
}

page-contents = Was darin ist
page-category-counts = { $tables ->
    [one] 1 Tabelle
   *[other] { $tables-shown } Tabellen
}, { $rows ->
    [one] 1 Zeile
   *[other] { $rows-shown } Zeilen
}
page-category-other = Weitere Tabellen
page-category-more = { $count ->
    [one] und eine weitere Tabelle
   *[other] und { $shown } weitere Tabellen
}
page-table = Tabelle
page-rows = Zeilen
page-contents-excluded = { $count ->
    [one] Eine Tabelle des Produkts ist nicht enthalten; START-HERE.html nennt den Grund.
   *[other] { $shown } Tabellen des Produkts sind nicht enthalten; START-HERE.html nennt für jede den Grund.
}

page-open = So öffnen Sie es
page-open-unpack = Entpacken
page-open-unpack-how = Doppelklicken Sie auf die ZIP-Datei; unter Windows klicken Sie sie mit der rechten Maustaste an und wählen „Alle extrahieren“. Auf dem Telefon öffnen Sie sie mit der Dateien-App.
page-open-start = Mit START-HERE.html beginnen
page-open-start-how = Öffnen Sie diese Datei mit einem Doppelklick: Sie erklärt jede Tabelle in einfachen Worten und führt zu jeder Datei.
page-open-spreadsheet = In einer Tabellenkalkulation ansehen
page-open-spreadsheet-how = Jede Tabelle ist eine Datei im Ordner „csv“, für Tabellenkalkulationen vorbereitet: Ein Doppelklick öffnet sie in Excel, LibreOffice oder Numbers.
page-open-csv-how = Jede Tabelle ist eine Datei im Ordner „csv“. Diese Dateien sind für Programme gemacht; in Excel, LibreOffice oder Numbers importieren Sie sie als UTF-8 mit Komma als Trennzeichen.
page-open-database = In eine Datenbank einspielen
page-open-database-how = Für Fachleute: Der Ordner „sql“ stellt Tabellen, Zeilen und Schlüssel in einer leeren Datenbank wieder her. Führen Sie dies im entpackten Ordner aus.
page-open-program = Mit einem Programm lesen
page-open-program-how = Jede Tabelle ist eine Datei im Format JSON Lines im Ordner „jsonl“: Jede Zeile ist ein Datensatz.
page-compressed = Dateien, deren Name auf { $ending } endet, sind komprimiert. Unter Windows öffnet sie 7-Zip, unter Linux und macOS dieser Befehl.

page-check = Prüfen, ob die Datei vollständig angekommen ist
page-check-what = Das ist die SHA-256-Prüfsumme der Datei:
page-check-how = In einem Terminal zeigt dieser Befehl die Prüfsumme der gespeicherten Datei. Sie muss dieselbe sein.
page-secret = Wer diesen Link hat, kann Ihre Daten herunterladen. Geben Sie ihn nicht weiter, und bewahren Sie die Dateien sicher auf.
page-safe = Was Sie herunterladen, sind Ihre Daten: Bewahren Sie sie sicher auf.

page-locked = Nur diese Schlüssel öffnen es
page-locked-who = Das Archiv ist verschlüsselt. Wer die private Hälfte eines dieser Schlüssel hat, kann es öffnen, sonst niemand. Auch wir können es nicht öffnen, und wir können nicht helfen, wenn die privaten Schlüssel verloren gehen.
page-locked-how = Laden Sie die Datei zuerst herunter. Führen Sie dann dies in einem Terminal aus; Ihr privater Schlüssel liegt dabei in der Datei { $file }.
page-locked-age = Das Programm age ist kostenlos. Eine dieser Zeilen installiert es; rage versteht dieselben Worte.

page-files = Dateien
page-files-name = Datei
page-files-size = Größe
page-files-done = Heruntergeladen
page-files-one = { $file } herunterladen
page-all = Alle Dateien auf einmal herunterladen und prüfen
page-all-how = In einem Terminal unter Linux oder macOS. Die Ordner werden richtig angelegt, und die letzte Zeile sagt, ob jede Datei vollständig angekommen ist.
page-all-address = die Adresse dieser Seite

page-code = Sind Sie es wirklich?
page-code-lead = Ihr Datenexport ist fertig. Damit niemand sonst ihn bekommt, wird vor dem Herunterladen ein Code an { $address } geschickt.
page-code-lost = Dieser Link verlangt einen Code per E-Mail, aber die Adresse dafür ist nicht mehr bekannt.
page-code-label = Der Code aus der E-Mail
page-code-digits = Acht Ziffern
page-code-continue = Weiter
page-code-mail = Code zusenden
page-code-again = Neuen Code zusenden
page-code-wait = Nichts angekommen? Sehen Sie auch im Spam-Ordner nach. Ab { $time } kann ein neuer Code geschickt werden.
page-code-rules = Ein Code gilt zehn Minuten und für drei Versuche. Nennen Sie ihn niemandem.
page-code-sent = Ein Code wurde Ihnen zugeschickt. Er gilt bis { $time }.
page-code-wrong = { $count ->
    [one] Das war nicht der Code. Sie haben noch einen Versuch.
   *[other] Das war nicht der Code. Sie haben noch { $shown } Versuche.
}
page-code-dead = Das war nicht der Code, und weitere Versuche gibt es mit ihm nicht.
page-code-coming = Ein Code ist unterwegs. Das kann eine Minute dauern.
page-code-expired = Der letzte Code ist abgelaufen.
page-code-used = Der letzte Code wurde schon verwendet.
page-code-failed = Der Code konnte nicht verschickt werden.

page-welcome = Datenexporte
page-welcome-lead = Dieser Server händigt Menschen die Daten aus, die { $product } für sie aufbewahrt.
page-welcome-lost = Sind Sie über einen Link aus einer E-Mail hier? Dann fehlt ein Teil davon: Öffnen Sie die E-Mail noch einmal und kopieren Sie den ganzen Link.
page-welcome-engineers = Für Entwicklerinnen und Entwickler:
page-welcome-documentation = Dokumentation der API

page-help = Brauchen Sie Hilfe?
page-language = Sprache
