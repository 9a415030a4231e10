# START-HERE.html, die Seite in jedem Archiv.

start-title = Ihre Daten
start-title-product = Ihre Daten aus { $product }
start-owner-person = { $kind } { $key }, in den Daten von { $tenant }
start-as-of = { $owner }, Stand vom { $time }
start-fact-tables = Tabellen
start-fact-rows = Zeilen
start-fact-size = Größe, entpackt
start-fact-formats = Dateien als
start-page = Auf dieser Seite

start-what = Was das ist
start-what-person = Dieser Ordner enthält die Daten, die zu einer Person gehören: { $kind } { $key }.
start-what-person-product = Dieser Ordner enthält die Daten in { $product }, die zu einer Person gehören: { $kind } { $key }.
start-what-all = Dieser Ordner enthält Ihre Daten.
start-what-all-product = Dieser Ordner enthält die Daten, die { $product } für Sie aufbewahrt.
start-what-tables = Sie sind in Tabellen geordnet, wie in einer Tabellenkalkulation: Jede Zeile ist eine Sache (ein Verkauf, ein Kunde), jede Spalte sagt etwas darüber. Alle Tabellen wurden im selben Augenblick gelesen, damit sie zusammenpassen.
start-what-list = Die Liste weiter unten sagt für jede Tabelle, was sie ist, warum sie hier ist und wo ihre Datei liegt. Was nicht enthalten ist, steht ebenfalls da, mit dem Grund.

start-open = So öffnen Sie es
start-open-unpack = Entpacken Sie zuerst die ZIP-Datei: mit einem Doppelklick, oder klicken Sie sie mit der rechten Maustaste an und wählen „Alle extrahieren“. Innerhalb der ZIP-Datei funktionieren Links und Doppelklicks oft nicht.
start-open-compressed = Dateien, deren Name auf { $ending } endet, sind einzeln komprimiert. Entpacken Sie die, die Sie öffnen möchten: unter Windows mit 7-Zip, unter Linux und macOS alle mit diesem Befehl in diesem Ordner.
start-open-zstd = Das Programm zstd gibt es in jeder Paketverwaltung.
start-open-csv = Ansehen: der Ordner „csv“
start-open-csv-how = Jede Tabelle ist eine Datei, deren Name auf .csv endet. Ein Doppelklick zeigt sie in Excel, LibreOffice Calc oder Numbers als Tabellenblatt.
start-open-csv-guarded = Diese Dateien sind für Tabellenkalkulationen vorbereitet. Vor einer Zelle, die dort als Formel gälte, steht ein Apostroph; so wird sie nur angezeigt und nie ausgeführt. Ein Wert, den sie ändern würde, etwa 00123 oder eine lange Zahl, endet mit einem unsichtbaren Tabulator, damit er bleibt, wie er ist.
start-open-csv-import = Wenn Buchstaben wie ä oder é falsch aussehen, verwenden Sie den Import des Programms (in Excel: Daten → Aus Text/CSV) und wählen die Kodierung „UTF-8“ und das Trennzeichen „Komma“.
start-open-csv-numbers = Eine Tabellenkalkulation kürzt manchmal lange Zahlen und lässt führende Nullen weg (wie in 00123). In der Datei selbst stehen sie alle: Importieren Sie solche Spalten als Text.
start-open-sql = In eine Datenbank einspielen: der Ordner „sql“
start-open-sql-how = Für Fachleute: Dies stellt Tabellen, Zeilen, Schlüssel und Indizes in einer leeren Datenbank von { $database } wieder her. Führen Sie es in diesem Ordner aus.
start-open-sql-whole = Das geschieht in einer Transaktion: Entweder wird alles wiederhergestellt oder nichts. Besondere Rechte sind nicht nötig.
start-open-sql-steps = Wenn es mit einem Fehler abbricht, löschen Sie die Datenbank und beginnen von vorn. Am Ende werden Zeilen aufgezählt, die auf Zeilen außerhalb dieses Archivs zeigen; meist gibt es keine. Besondere Rechte sind nicht nötig.
start-open-jsonl = Mit einem Programm lesen: der Ordner „jsonl“
start-open-jsonl-how = Jede Tabelle ist eine Datei im Format JSON Lines: Jede Zeile ist ein Datensatz als JSON-Objekt, mit den Namen der Spalten als Schlüsseln.
start-objects = Bilder, Dokumente und Ähnliches: der Ordner „large_objects“
start-objects-how = Manches liegt neben den Tabellen, und eine Zeile enthält nur seine Nummer. Jedes davon ist hier eine Datei mit dieser Nummer als Namen: Die Zeile mit 16400 meint large_objects/16400.bin. Die Datei enthält die Bytes, wie sie gespeichert waren; von welcher Art sie sind, weiß die Datenbank nicht.
start-objects-sql = Auch die SQL-Dateien stellen sie wieder her, unter denselben Nummern.
start-objects-column = Spalte
start-objects-files = Dateien
start-objects-missing = Nummern ohne Datei
start-in-table = in { $table }

start-tables = Was darin ist
start-tables-none = In diesem Archiv ist keine Tabelle.
start-category-counts = { $tables ->
    [one] 1 Tabelle
   *[other] { $tables-shown } Tabellen
}, { $rows ->
    [one] 1 Zeile
   *[other] { $rows-shown } Zeilen
}
start-category-other = Weitere Tabellen
start-table = Tabelle
start-why = Warum sie hier ist
start-rows = Zeilen
start-kind-owned = Ihre Zeilen
start-kind-referenced = Zeilen, auf die Ihre zeigen
start-kind-shared = Nachschlagedaten

start-missing = Was nicht enthalten ist
start-missing-nothing = Nichts wurde weggelassen.
start-missing-tables = Tabellen
start-missing-columns = Spalten
start-missing-column = Spalte
start-missing-why = Warum nicht
start-missing-how = Was damit geschah
start-missing-rules = Regeln der Datenbank
start-missing-rules-what = Ihretwegen fehlen keine Zeilen. Sie sind nur für Fachleute wichtig, die die SQL-Dateien einspielen: Eine Regel lässt sich nicht wiederherstellen, wenn eine Tabelle oder Spalte, die sie braucht, hier nicht enthalten ist.
start-missing-rule = Regel
start-missing-rule-of = von { $table }
start-left-out = Weggelassen: { $reason }
start-masked = Verdeckt: { $how }
start-mask-last4 = nur die letzten vier Zeichen sind zu sehen
start-mask-email = nur das erste Zeichen und die Domain sind zu sehen
start-mask-redact = verborgen: jeder Wert steht als ***

start-verify = So prüfen Sie, ob es vollständig ist
start-verify-how = Die Datei CHECKSUMS.sha256 enthält einen Fingerabdruck jeder anderen Datei. Wenn sich unterwegs auch nur ein Zeichen geändert hat, zeigt es die Prüfung. Führen Sie eines davon in diesem Ordner aus:
start-verify-windows = Windows (PowerShell); wenn alles stimmt, erscheint nichts
start-verify-zip = Wenn Handover installiert ist, zählt „handover verify“ mit dem Namen der ZIP-Datei auch jede Zeile nach.
start-verify-folder = Wenn Handover installiert ist, zählt „handover verify“ mit dem Namen dieses Ordners auch jede Zeile nach.
start-signed = Das Archiv ist signiert: manifest.json.sig zeigt, dass manifest.json und damit der Fingerabdruck jeder Datei Ihrer Daten von dem stammt, der diesen Schlüssel hat:
start-signed-ask = Bitten Sie den Absender um die öffentliche Hälfte dieses Schlüssels und führen Sie dann dies aus; es muss „Signature Verified Successfully“ melden:
start-signed-ask-product = Bitten Sie { $product } um die öffentliche Hälfte dieses Schlüssels und führen Sie dann dies aus; es muss „Signature Verified Successfully“ melden:

start-details = Jede Tabelle im Einzelnen
start-row-count = { $count ->
    [one] { $shown } Zeile
   *[other] { $shown } Zeilen
}
start-because = Warum sie hier ist:
start-preview = { $which ->
    [all] Alle Zeilen
   *[first] Die ersten Zeilen
}{ $count ->
    [0] {""}
    [one] , ohne die letzte Spalte
   *[other] , ohne die letzten { $shown } Spalten
}; lange Werte sind hier gekürzt, in den Dateien nicht
start-columns = { $count ->
    [one] { $shown } Spalte
   *[other] { $shown } Spalten
}
start-column = Spalte
start-type = Art des Wertes
start-remark = Anmerkung
start-remark-hex = manche Werte sind kein lesbarer Text und stehen als handover-hex: mit ihren Bytes da
start-remark-guarded = vor manchen Werten steht ein ', damit eine Tabellenkalkulation sie nicht ausführt
start-remark-kept = manche Werte enden mit einem unsichtbaren Tabulator, damit eine Tabellenkalkulation ihre Nullen und Ziffern behält

start-programs = Für Programme
start-programs-csv = Diese Datei nennt jede Tabelle, jede Datei, jede Zeilenzahl und jeden Fingerabdruck und sagt, wie die CSV-Dateien geschrieben sind:
start-programs-other = Diese Datei nennt jede Tabelle, jede Datei, jede Zeilenzahl und jeden Fingerabdruck und sagt, wie die Dateien entstanden sind:
start-programs-package = Diese beschreibt die CSV-Dateien als Frictionless Data Package, mit dem Typ jeder Spalte und den Schlüsseln zwischen den Tabellen:
start-csv-shape = { $mark ->
    [yes] RFC 4180: Komma, ", Zeilen enden mit CR LF, UTF-8 mit Byte Order Mark, die erste Zeile nennt die Spalten
   *[no] RFC 4180: Komma, ", Zeilen enden mit CR LF, UTF-8, die erste Zeile nennt die Spalten
}
start-csv-null = Kein Wert
start-csv-null-spreadsheet = Ein leeres Feld; der leere Text sieht genauso aus
start-csv-null-lossless = Ein leeres Feld; der leere Text ist "". Nur in Tabellen mit einer Spalte ist kein Wert \N
start-csv-binary = Binärwerte
start-csv-unreadable = Text, der kein UTF-8 ist
start-csv-values = Werte

start-made = Erstellt am { $time } von { $program }. Export { $export }, Mandant { $tenant }.
start-made-person = Erstellt am { $time } von { $program }. Export { $export }, Mandant { $tenant }, { $kind } { $key }.
start-read = Gelesen aus { $database } ({ $isolation }).
