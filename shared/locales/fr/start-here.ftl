# START-HERE.html, la page de chaque archive.

start-title = Vos données
start-title-product = Vos données de { $product }
start-owner-person = { $kind } { $key }, dans les données de { $tenant }
start-as-of = { $owner }, dans l’état du { $time }
start-fact-tables = Tables
start-fact-rows = Lignes
start-fact-size = Taille, décompressé
start-fact-formats = Fichiers en
start-page = Sur cette page

start-what = Ce que c’est
start-what-person = Ce dossier contient les données qui appartiennent à une personne, { $kind } { $key }.
start-what-person-product = Ce dossier contient les données de { $product } qui appartiennent à une personne, { $kind } { $key }.
start-what-all = Ce dossier contient vos données.
start-what-all-product = Ce dossier contient les données que { $product } conserve pour vous.
start-what-tables = Elles sont rangées en tables, comme dans un tableur : chaque ligne est une chose (une vente, un client), chaque colonne en dit quelque chose. Toutes les tables ont été lues au même instant, pour qu’elles s’accordent.
start-what-list = La liste ci-dessous dit pour chaque table ce qu’elle est, pourquoi elle est ici et où se trouve son fichier. Ce qui n’est pas inclus y figure aussi, avec la raison.

start-open = Comment l’ouvrir
start-open-unpack = Décompressez d’abord le fichier ZIP : double-cliquez dessus, ou faites un clic droit et choisissez « Extraire tout ». À l’intérieur du ZIP, liens et doubles-clics peuvent ne pas fonctionner.
start-open-compressed = Les fichiers dont le nom finit par { $ending } sont compressés, chacun pour soi. Décompressez ceux que vous voulez ouvrir : sous Windows avec 7-Zip, sous Linux et macOS tous avec cette commande, dans ce dossier.
start-open-zstd = Le programme zstd est dans tous les gestionnaires de paquets.
start-open-csv = Le regarder : le dossier « csv »
start-open-csv-how = Chaque table est un fichier dont le nom finit par .csv. Double-cliquez dessus, et Excel, LibreOffice Calc ou Numbers l’affiche comme une feuille.
start-open-csv-guarded = Ces fichiers sont préparés pour les tableurs. Une cellule qu’un tableur prendrait pour une formule est précédée d’une apostrophe, pour qu’elle soit seulement affichée et jamais exécutée. Une valeur qui serait modifiée, comme 00123 ou un long nombre, se termine par une tabulation invisible, pour rester telle quelle.
start-open-csv-import = Si des lettres comme é ou ç s’affichent mal, utilisez l’importation du programme (dans Excel : Données → À partir d’un fichier texte/CSV) et choisissez l’encodage « UTF-8 » et le séparateur « virgule ».
start-open-csv-numbers = Un tableur peut abréger les longs nombres et supprimer les zéros de tête (comme dans 00123). Le fichier les a tous : importez ces colonnes comme du texte.
start-open-sql = Le charger dans une base de données : le dossier « sql »
start-open-sql-how = Pour les techniciens : ceci restaure tables, lignes, clés et index dans une base { $database } vide. Exécutez-le dans ce dossier.
start-open-sql-whole = Tout se passe en une transaction : tout est restauré, ou rien. Aucun droit particulier n’est nécessaire.
start-open-sql-steps = S’il s’arrête sur une erreur, supprimez la base et recommencez. À la fin, il énumère les lignes qui pointent vers des lignes absentes de cette archive ; le plus souvent il n’y en a pas. Aucun droit particulier n’est nécessaire.
start-open-jsonl = Le lire avec un programme : le dossier « jsonl »
start-open-jsonl-how = Chaque table est un fichier JSON Lines : chaque ligne est un objet JSON, avec les noms des colonnes comme clés.
start-objects = Images, documents et autres : le dossier « large_objects »
start-objects-how = Certaines choses sont gardées à côté des tables, et une ligne n’en contient que le numéro. Chacune est ici un fichier qui porte ce numéro : la ligne avec 16400 désigne large_objects/16400.bin. Le fichier a les octets tels qu’ils étaient enregistrés ; de quel genre ils sont, la base ne le sait pas.
start-objects-sql = Les fichiers SQL les restaurent aussi, sous les mêmes numéros.
start-objects-column = Colonne
start-objects-files = Fichiers
start-objects-missing = Numéros sans fichier
start-in-table = dans { $table }

start-tables = Ce qu’elle contient
start-tables-none = Il n’y a aucune table dans cette archive.
start-category-counts = { $tables ->
    [one] 1 table
   *[other] { $tables-shown } tables
}, { $rows ->
    [one] { $rows-shown } ligne
   *[other] { $rows-shown } lignes
}
start-category-other = Autres tables
start-table = Table
start-why = Pourquoi elle est ici
start-rows = Lignes
start-kind-owned = Vos lignes
start-kind-referenced = Lignes vers lesquelles les vôtres pointent
start-kind-shared = Données de référence

start-missing = Ce qui n’est pas inclus
start-missing-nothing = Rien n’a été laissé de côté.
start-missing-tables = Tables
start-missing-columns = Colonnes
start-missing-column = Colonne
start-missing-why = Pourquoi pas
start-missing-how = Ce qui lui est arrivé
start-missing-rules = Règles de la base de données
start-missing-rules-what = Aucune ligne ne manque à cause d’elles. Elles ne comptent que pour les techniciens qui restaurent les fichiers SQL : une règle ne peut être restaurée si une table ou une colonne dont elle a besoin n’est pas ici.
start-missing-rule = Règle
start-missing-rule-of = de { $table }
start-left-out = Laissée de côté : { $reason }
start-masked = Masquée : { $how }
start-mask-last4 = seuls les quatre derniers caractères sont montrés
start-mask-email = seuls le premier caractère et le domaine sont montrés
start-mask-redact = cachée : chaque valeur est montrée comme ***

start-verify = Comment vérifier qu’elle est complète
start-verify-how = Le fichier CHECKSUMS.sha256 contient une empreinte de chaque autre fichier. Si un seul caractère a changé en route, la vérification le dit. Exécutez l’une de ces commandes dans ce dossier :
start-verify-windows = Windows (PowerShell) ; rien ne s’affiche quand tout va bien
start-verify-zip = Si Handover est installé, « handover verify » suivi du nom du fichier ZIP recompte aussi chaque ligne.
start-verify-folder = Si Handover est installé, « handover verify » suivi du nom de ce dossier recompte aussi chaque ligne.
start-signed = L’archive est signée : manifest.json.sig montre que manifest.json, et avec lui l’empreinte de chaque fichier de vos données, a été écrit par qui possède cette clé :
start-signed-ask = Demandez à l’expéditeur la moitié publique de cette clé, puis exécutez ceci, qui doit dire « Signature Verified Successfully » :
start-signed-ask-product = Demandez à { $product } la moitié publique de cette clé, puis exécutez ceci, qui doit dire « Signature Verified Successfully » :

start-details = Chaque table en détail
start-row-count = { $count ->
    [one] { $shown } ligne
   *[other] { $shown } lignes
}
start-because = Pourquoi elle est ici :
start-preview = { $which ->
    [all] Toutes les lignes
   *[first] Les premières lignes
}{ $count ->
    [0] {""}
    [one] , sans la dernière colonne
   *[other] , sans les { $shown } dernières colonnes
} ; les longues valeurs sont coupées ici, pas dans les fichiers
start-columns = { $count ->
    [one] { $shown } colonne
   *[other] { $shown } colonnes
}
start-column = Colonne
start-type = Genre de valeur
start-remark = Remarque
start-remark-hex = certaines valeurs ne sont pas du texte lisible et figurent comme handover-hex: suivi de leurs octets
start-remark-guarded = certaines valeurs sont précédées d’un ', pour qu’un tableur ne les exécute pas
start-remark-kept = certaines valeurs se terminent par une tabulation invisible, pour qu’un tableur garde leurs zéros et leurs chiffres

start-programs = Pour les programmes
start-programs-csv = Ce fichier contient chaque table, fichier, nombre de lignes et empreinte, et la façon dont les fichiers CSV sont écrits :
start-programs-other = Ce fichier contient chaque table, fichier, nombre de lignes et empreinte, et la façon dont les fichiers ont été faits :
start-programs-package = Celui-ci décrit les fichiers CSV comme Frictionless Data Package, avec le type de chaque colonne et les clés entre les tables :
start-csv-shape = { $mark ->
    [yes] RFC 4180 : virgule, ", les lignes finissent par CR LF, UTF-8 avec marque d’ordre des octets, la première ligne nomme les colonnes
   *[no] RFC 4180 : virgule, ", les lignes finissent par CR LF, UTF-8, la première ligne nomme les colonnes
}
start-csv-null = Aucune valeur
start-csv-null-spreadsheet = Un champ vide ; le texte vide a la même apparence
start-csv-null-lossless = Un champ vide ; le texte vide est "". Seulement dans les tables d’une colonne, aucune valeur est \N
start-csv-binary = Binaire
start-csv-unreadable = Texte qui n’est pas de l’UTF-8
start-csv-values = Valeurs

start-made = Fait le { $time } par { $program }. Export { $export }, client { $tenant }.
start-made-person = Fait le { $time } par { $program }. Export { $export }, client { $tenant }, { $kind } { $key }.
start-read = Lu dans { $database } ({ $isolation }).
