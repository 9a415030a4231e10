# Las páginas detrás de un enlace y la primera página del servidor.

page-title = Su exportación de datos
page-ready = Su exportación de datos está lista
page-lead-all = Aquí están los datos que { $product } conserva de usted.
page-lead-person = Aquí están los datos que { $product } conserva sobre una persona.
page-shape-zip = Es un único archivo ZIP, que se abre en cualquier ordenador.
page-shape-locked = Es un único archivo ZIP cifrado, que solo su clave abre.
page-shape-files = { $count ->
    [one] Es un archivo de { $size }.
   *[other] Son { $shown } archivos, { $size } en total.
}
page-shape-files-locked = { $count ->
    [one] Es un archivo cifrado de { $size }, que solo su clave abre.
   *[other] Son { $shown } archivos cifrados, { $size } en total, que solo su clave abre.
}

page-download = Descargar
page-fact-file = Archivo
page-fact-made = Creado
page-fact-until = Disponible hasta
page-fact-downloads = Descargas
page-fact-tables = Tablas
page-fact-rows = Filas
page-fact-unpacked = Descomprimido
page-fact-formats = Formatos
page-limit = { $count ->
    [one] una vez
   *[other] { $shown } veces
}
page-limit-each = { $count ->
    [one] cada archivo una vez
   *[other] cada archivo { $shown } veces
}

page-contents = Qué contiene
page-category-counts = { $tables ->
    [one] 1 tabla
   *[other] { $tables-shown } tablas
}, { $rows ->
    [one] 1 fila
   *[other] { $rows-shown } filas
}
page-category-other = Otras tablas
page-category-more = { $count ->
    [one] y una tabla más
   *[other] y { $shown } tablas más
}
page-table = Tabla
page-rows = Filas
page-contents-excluded = { $count ->
    [one] Una tabla del producto no está incluida; START-HERE.html explica por qué.
   *[other] { $shown } tablas del producto no están incluidas; START-HERE.html explica el motivo de cada una.
}

page-open = Cómo abrirlo
page-open-unpack = Descomprímalo
page-open-unpack-how = Haga doble clic en el archivo ZIP; en Windows, haga clic derecho y elija «Extraer todo». En un teléfono, ábralo con la aplicación de archivos.
page-open-start = Empiece por START-HERE.html
page-open-start-how = Ábralo con un doble clic: explica cada tabla con palabras sencillas y lleva a cada archivo.
page-open-spreadsheet = Véalo en una hoja de cálculo
page-open-spreadsheet-how = Cada tabla es un archivo de la carpeta «csv», preparado para hojas de cálculo: haga doble clic y Excel, LibreOffice o Numbers lo muestra.
page-open-csv-how = Cada tabla es un archivo de la carpeta «csv». Están hechos para programas; para verlos en Excel, LibreOffice o Numbers, impórtelos como UTF-8 con comas.
page-open-database = Cárguelo en una base de datos
page-open-database-how = Para técnicos: la carpeta «sql» restaura tablas, filas y claves en una base de datos vacía. Ejecute esto en la carpeta descomprimida.
page-open-program = Léalo con un programa
page-open-program-how = Cada tabla es un archivo JSON Lines de la carpeta «jsonl»: cada línea es una fila.
page-compressed = Los archivos que terminan en { $ending } están comprimidos. En Windows los abre 7-Zip; en Linux y macOS, esta orden.

page-check = Compruebe que el archivo llegó completo
page-check-what = Esta es la suma de verificación SHA-256 del archivo:
page-check-how = En un terminal, esta orden muestra la suma de lo que guardó. Debe ser la misma.
page-secret = Quien tenga este enlace puede descargar sus datos. No lo comparta y guarde lo que descargue en un lugar seguro.
page-safe = Lo que descarga son sus datos: guárdelos en un lugar seguro.

page-locked = Solo estas claves lo abren
page-locked-who = El archivo está cifrado. Quien tenga la mitad privada de una de estas claves puede abrirlo, y nadie más. Nosotros tampoco podemos abrirlo, ni podemos ayudar si se pierden las claves privadas.
page-locked-how = Primero, descárguelo. Después, ejecute esto en un terminal, con su clave privada en el archivo { $file }.
page-locked-age = El programa age es gratuito. Una de estas líneas lo instala; rage entiende las mismas palabras.

page-files = Archivos
page-files-name = Archivo
page-files-size = Tamaño
page-files-done = Descargado
page-files-one = Descargar { $file }
page-all = Descargar y comprobar todos los archivos a la vez
page-all-how = En un terminal de Linux o macOS. Las carpetas se crean como corresponde y la última línea dice si cada archivo llegó completo.
page-all-address = la dirección de esta página

page-code = Primero, ¿es usted?
page-code-lead = Su exportación de datos está lista. Para asegurarnos de que nadie más la reciba, se envía un código a { $address } antes de la descarga.
page-code-lost = Este enlace pide un código por correo, pero la dirección a la que iría ya no se conoce.
page-code-label = El código del correo
page-code-digits = Ocho cifras
page-code-continue = Continuar
page-code-mail = Enviarme un código
page-code-again = Enviarme otro código
page-code-wait = ¿No ha llegado nada? Mire también en el correo no deseado. Se puede enviar otro código a partir del { $time }.
page-code-rules = Un código vale diez minutos y tres intentos. No se lo diga a nadie.
page-code-sent = Se le ha enviado un código. Vale hasta el { $time }.
page-code-wrong = { $count ->
    [one] Ese no era el código. Le queda un intento.
   *[other] Ese no era el código. Le quedan { $shown } intentos.
}
page-code-dead = Ese no era el código, y ya no admite más intentos.
page-code-coming = Un código está en camino. Puede tardar un minuto.
page-code-expired = El último código ha caducado.
page-code-used = El último código ya se usó.
page-code-failed = No se pudo enviar el código.

page-welcome = Exportaciones de datos
page-welcome-lead = Este servidor entrega a las personas los datos que { $product } conserva de ellas.
page-welcome-lost = ¿Ha llegado por un enlace de un correo? Falta una parte: abra el correo de nuevo y copie el enlace completo.
page-welcome-engineers = Para desarrolladores:
page-welcome-documentation = documentación de la API

page-help = ¿Necesita ayuda?
page-language = Idioma
