# START-HERE.html, la página de cada archivo.

start-title = Sus datos
start-title-product = Sus datos de { $product }
start-owner-person = { $kind } { $key }, en los datos de { $tenant }
start-as-of = { $owner }, tal como estaba todo el { $time }
start-fact-tables = Tablas
start-fact-rows = Filas
start-fact-size = Tamaño, descomprimido
start-fact-formats = Archivos en
start-page = En esta página

start-what = Qué es esto
start-what-person = Esta carpeta contiene los datos que pertenecen a una persona, { $kind } { $key }.
start-what-person-product = Esta carpeta contiene los datos de { $product } que pertenecen a una persona, { $kind } { $key }.
start-what-all = Esta carpeta contiene sus datos.
start-what-all-product = Esta carpeta contiene los datos que { $product } conserva de usted.
start-what-tables = Están ordenados en tablas, como en una hoja de cálculo: cada línea es una cosa (una venta, un cliente) y cada columna dice algo de ella. Todas las tablas se leyeron en el mismo momento, para que encajen entre sí.
start-what-list = La lista de abajo dice de cada tabla qué es, por qué está aquí y dónde está su archivo. Lo que no se incluye también está en la lista, con el motivo.

start-open = Cómo abrirlo
start-open-unpack = Primero descomprima el archivo ZIP: haga doble clic en él, o haga clic derecho y elija «Extraer todo». Dentro del ZIP, los enlaces y los dobles clics pueden no funcionar.
start-open-compressed = Los archivos cuyo nombre termina en { $ending } están comprimidos, cada uno por sí mismo. Descomprima los que quiera abrir: en Windows con 7-Zip; en Linux y macOS, todos con esta orden en esta carpeta.
start-open-zstd = El programa zstd está en todos los gestores de paquetes.
start-open-csv = Véalo: la carpeta «csv»
start-open-csv-how = Cada tabla es un archivo que termina en .csv. Haga doble clic y Excel, LibreOffice Calc o Numbers lo muestra como una hoja.
start-open-csv-guarded = Estos archivos están preparados para hojas de cálculo. Una celda que se tomaría por una fórmula lleva un apóstrofo delante, para que solo se muestre y nunca se ejecute. Un valor que cambiaría, como 00123 o un número largo, termina con un tabulador invisible para que quede como está.
start-open-csv-import = Si letras como ñ o é se ven mal, use la importación del programa (en Excel: Datos → Desde texto/CSV) y elija la codificación «UTF-8» y el separador «coma».
start-open-csv-numbers = Una hoja de cálculo puede acortar números largos y quitar ceros iniciales (como en 00123). El archivo los tiene todos: importe esas columnas como texto.
start-open-sql = Cárguelo en una base de datos: la carpeta «sql»
start-open-sql-how = Para técnicos: esto restaura tablas, filas, claves e índices en una base de datos { $database } vacía. Ejecútelo en esta carpeta.
start-open-sql-whole = Ocurre en una sola transacción: o se restaura todo o nada. No hacen falta permisos especiales.
start-open-sql-steps = Si se detiene con un error, elimine la base de datos y empiece de nuevo. Al final enumera las filas que apuntan a filas que no están en este archivo; casi siempre no hay ninguna. No hacen falta permisos especiales.
start-open-jsonl = Léalo con un programa: la carpeta «jsonl»
start-open-jsonl-how = Cada tabla es un archivo JSON Lines: cada línea es una fila como objeto JSON, con los nombres de las columnas como claves.
start-objects = Imágenes, documentos y similares: la carpeta «large_objects»
start-objects-how = Algunas cosas se guardan junto a las tablas, y una fila solo contiene su número. Cada una es aquí un archivo con ese número como nombre: la fila con 16400 se refiere a large_objects/16400.bin. El archivo tiene los bytes tal como se guardaron; de qué tipo son, la base de datos no lo sabe.
start-objects-sql = Los archivos SQL también los restauran, con los mismos números.
start-objects-column = Columna
start-objects-files = Archivos
start-objects-missing = Números sin archivo
start-in-table = en { $table }

start-tables = Qué contiene
start-tables-none = No hay ninguna tabla en este archivo.
start-category-counts = { $tables ->
    [one] 1 tabla
   *[other] { $tables-shown } tablas
}, { $rows ->
    [one] 1 fila
   *[other] { $rows-shown } filas
}
start-category-other = Otras tablas
start-table = Tabla
start-why = Por qué está aquí
start-rows = Filas
start-kind-owned = Sus filas
start-kind-referenced = Filas a las que apuntan las suyas
start-kind-shared = Datos de consulta

start-missing = Qué no se incluye
start-missing-nothing = No se omitió nada.
start-missing-tables = Tablas
start-missing-columns = Columnas
start-missing-column = Columna
start-missing-why = Por qué no
start-missing-how = Qué pasó con ella
start-missing-rules = Reglas de la base de datos
start-missing-rules-what = Por ellas no falta ninguna fila. Solo importan a los técnicos que restauran los archivos SQL: una regla no se puede restaurar si aquí no está una tabla o columna que necesita.
start-missing-rule = Regla
start-missing-rule-of = de { $table }
start-left-out = Omitida: { $reason }
start-masked = Enmascarada: { $how }
start-mask-last4 = solo se muestran los cuatro últimos caracteres
start-mask-email = solo se muestran el primer carácter y el dominio
start-mask-redact = oculta: cada valor se muestra como ***

start-verify = Cómo comprobar que está completo
start-verify-how = El archivo CHECKSUMS.sha256 contiene una huella de cada uno de los demás archivos. Si por el camino cambió un solo carácter, la comprobación lo dice. Ejecute una de estas órdenes en esta carpeta:
start-verify-windows = Windows (PowerShell); no muestra nada si todo está bien
start-verify-zip = Con Handover instalado, «handover verify» y el nombre del archivo ZIP cuenta además cada fila de nuevo.
start-verify-folder = Con Handover instalado, «handover verify» y el nombre de esta carpeta cuenta además cada fila de nuevo.
start-signed = El archivo está firmado: manifest.json.sig demuestra que manifest.json, y con él la huella de cada archivo de sus datos, fue escrito por quien tiene esta clave:
start-signed-ask = Pida al remitente la mitad pública de esa clave y ejecute esto, que debe decir «Signature Verified Successfully»:
start-signed-ask-product = Pida a { $product } la mitad pública de esa clave y ejecute esto, que debe decir «Signature Verified Successfully»:

start-details = Cada tabla en detalle
start-row-count = { $count ->
    [one] { $shown } fila
   *[other] { $shown } filas
}
start-because = Por qué está aquí:
start-preview = { $which ->
    [all] Todas las filas
   *[first] Las primeras filas
}{ $count ->
    [0] {""}
    [one] , sin la última columna
   *[other] , sin las últimas { $shown } columnas
}; los valores largos se cortan aquí, no en los archivos
start-columns = { $count ->
    [one] { $shown } columna
   *[other] { $shown } columnas
}
start-column = Columna
start-type = Tipo de valor
start-remark = Observación
start-remark-hex = algunos valores no son texto legible y aparecen como handover-hex: y sus bytes
start-remark-guarded = algunos valores llevan un ' delante, para que una hoja de cálculo no los ejecute
start-remark-kept = algunos valores terminan con un tabulador invisible, para que una hoja de cálculo conserve sus ceros y cifras

start-programs = Para programas
start-programs-csv = Este archivo tiene cada tabla, archivo, número de filas y huella, y cómo están escritos los archivos CSV:
start-programs-other = Este archivo tiene cada tabla, archivo, número de filas y huella, y cómo se hicieron los archivos:
start-programs-package = Este describe los archivos CSV como Frictionless Data Package, con el tipo de cada columna y las claves entre tablas:
start-csv-shape = { $mark ->
    [yes] RFC 4180: coma, ", las líneas terminan en CR LF, UTF-8 con marca de orden de bytes, la primera línea nombra las columnas
   *[no] RFC 4180: coma, ", las líneas terminan en CR LF, UTF-8, la primera línea nombra las columnas
}
start-csv-null = Sin valor
start-csv-null-spreadsheet = Un campo vacío; el texto vacío se ve igual
start-csv-null-lossless = Un campo vacío; el texto vacío es "". Solo en tablas de una columna, sin valor es \N
start-csv-binary = Binario
start-csv-unreadable = Texto que no es UTF-8
start-csv-values = Valores

start-made = Creado el { $time } por { $program }. Exportación { $export }, cliente { $tenant }.
start-made-person = Creado el { $time } por { $program }. Exportación { $export }, cliente { $tenant }, { $kind } { $key }.
start-read = Leído de { $database } ({ $isolation }).
