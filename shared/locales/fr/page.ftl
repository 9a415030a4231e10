# Les pages derrière un lien et la première page du serveur.

page-title = Votre export de données
page-ready = Votre export de données est prêt
page-lead-all = Voici les données que { $product } conserve pour vous.
page-lead-person = Voici les données que { $product } conserve sur une personne.
page-shape-zip = C’est un seul fichier ZIP, qui s’ouvre sur tous les ordinateurs.
page-shape-locked = C’est un seul fichier ZIP chiffré, que seule votre clé ouvre.
page-shape-files = { $count ->
    [one] C’est un fichier de { $size }.
   *[other] Ce sont { $shown } fichiers, { $size } en tout.
}
page-shape-files-locked = { $count ->
    [one] C’est un fichier chiffré de { $size }, que seule votre clé ouvre.
   *[other] Ce sont { $shown } fichiers chiffrés, { $size } en tout, que seule votre clé ouvre.
}

page-download = Télécharger
page-fact-file = Fichier
page-fact-made = Créé
page-fact-until = Disponible jusqu’au
page-fact-downloads = Téléchargements
page-fact-tables = Tables
page-fact-rows = Lignes
page-fact-unpacked = Décompressé
page-fact-formats = Formats
page-limit = { $count ->
    [one] une fois
   *[other] { $shown } fois
}
page-limit-each = { $count ->
    [one] chaque fichier une fois
   *[other] chaque fichier { $shown } fois
}

page-contents = Ce qu’il contient
page-category-counts = { $tables ->
    [one] 1 table
   *[other] { $tables-shown } tables
}, { $rows ->
    [one] { $rows-shown } ligne
   *[other] { $rows-shown } lignes
}
page-category-other = Autres tables
page-category-more = { $count ->
    [one] et une autre table
   *[other] et { $shown } autres tables
}
page-table = Table
page-rows = Lignes
page-contents-excluded = { $count ->
    [one] Une table du produit n’est pas incluse ; START-HERE.html dit pourquoi.
   *[other] { $shown } tables du produit ne sont pas incluses ; START-HERE.html dit pourquoi pour chacune.
}

page-open = Comment l’ouvrir
page-open-unpack = Décompressez-le
page-open-unpack-how = Double-cliquez sur le fichier ZIP ; sous Windows, faites un clic droit et choisissez « Extraire tout ». Sur un téléphone, ouvrez-le avec l’application Fichiers.
page-open-start = Commencez par START-HERE.html
page-open-start-how = Ouvrez-le d’un double-clic : il explique chaque table en mots simples et mène à chaque fichier.
page-open-spreadsheet = Regardez-le dans un tableur
page-open-spreadsheet-how = Chaque table est un fichier du dossier « csv », préparé pour les tableurs : un double-clic l’ouvre dans Excel, LibreOffice ou Numbers.
page-open-csv-how = Chaque table est un fichier du dossier « csv ». Ils sont faits pour les programmes ; pour les voir dans Excel, LibreOffice ou Numbers, importez-les en UTF-8 avec des virgules.
page-open-database = Chargez-le dans une base de données
page-open-database-how = Pour les techniciens : le dossier « sql » restaure les tables, les lignes et les clés dans une base vide. Exécutez ceci dans le dossier décompressé.
page-open-program = Lisez-le avec un programme
page-open-program-how = Chaque table est un fichier JSON Lines du dossier « jsonl » : chaque ligne du fichier est une ligne de la table.
page-compressed = Les fichiers dont le nom finit par { $ending } sont compressés. 7-Zip les ouvre sous Windows, et cette commande sous Linux et macOS.

page-check = Vérifier que le fichier est arrivé entier
page-check-what = Voici la somme de contrôle SHA-256 du fichier :
page-check-how = Dans un terminal, cette commande affiche la somme de ce que vous avez enregistré. Elle doit être la même.
page-secret = Quiconque a ce lien peut télécharger vos données. Ne le transmettez pas et gardez ce que vous téléchargez en lieu sûr.
page-safe = Ce que vous téléchargez, ce sont vos données : gardez-les en lieu sûr.

page-locked = Seules ces clés l’ouvrent
page-locked-who = L’archive est chiffrée. Qui possède la moitié privée d’une de ces clés peut l’ouvrir, et personne d’autre. Nous ne pouvons pas l’ouvrir non plus, ni vous aider si les clés privées sont perdues.
page-locked-how = Téléchargez d’abord. Exécutez ensuite ceci dans un terminal, avec votre clé privée dans le fichier { $file }.
page-locked-age = Le programme age est gratuit. L’une de ces lignes l’installe ; rage comprend les mêmes mots.

page-files = Fichiers
page-files-name = Fichier
page-files-size = Taille
page-files-done = Téléchargé
page-files-one = Télécharger { $file }
page-all = Télécharger et vérifier tous les fichiers d’un coup
page-all-how = Dans un terminal sous Linux ou macOS. Les dossiers sont créés comme il faut, et la dernière ligne dit si chaque fichier est arrivé entier.
page-all-address = l’adresse de cette page

page-code = D’abord, est-ce bien vous ?
page-code-lead = Votre export de données est prêt. Pour que personne d’autre ne l’obtienne, un code est envoyé à { $address } avant le téléchargement.
page-code-lost = Ce lien demande un code par courriel, mais l’adresse à laquelle il irait n’est plus connue.
page-code-label = Le code reçu par courriel
page-code-digits = Huit chiffres
page-code-continue = Continuer
page-code-mail = M’envoyer un code
page-code-again = M’envoyer un autre code
page-code-wait = Rien reçu ? Regardez aussi dans les indésirables. Un autre code peut être envoyé à partir du { $time }.
page-code-rules = Un code vaut dix minutes et trois essais. Ne le communiquez à personne.
page-code-sent = Un code vous a été envoyé. Il vaut jusqu’au { $time }.
page-code-wrong = { $count ->
    [one] Ce n’était pas le code. Il vous reste { $shown } essai.
   *[other] Ce n’était pas le code. Il vous reste { $shown } essais.
}
page-code-dead = Ce n’était pas le code, et il n’accepte plus d’essai.
page-code-coming = Un code est en route. Cela peut prendre une minute.
page-code-expired = Le dernier code a expiré.
page-code-used = Le dernier code a été utilisé.
page-code-failed = Le code n’a pas pu être envoyé.

page-welcome = Exports de données
page-welcome-lead = Ce serveur remet aux personnes les données que { $product } conserve pour elles.
page-welcome-lost = Êtes-vous ici par un lien reçu par courriel ? Il en manque une partie : rouvrez le courriel et copiez le lien entier.
page-welcome-engineers = Pour les développeurs :
page-welcome-documentation = documentation de l’API

page-help = Besoin d’aide ?
page-language = Langue
