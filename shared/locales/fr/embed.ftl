# The button in the product: <handover-export>. Each sentence goes to the page as it stands, with its places open.

embed-intro = Obtenez une copie de vos données en un seul fichier. Il s’ouvre sur tout ordinateur, et d’autres programmes peuvent le lire.
embed-start = Exporter mes données
embed-estimating = Calcul du volume en cours…
embed-estimate = { $tables ->
    [one] Environ { $size }, une table.
   *[other] Environ { $size }, { $tables } tables.
}
embed-starting = Demande de votre export en cours…
embed-expired = Votre dernier export a été supprimé au terme de son délai.

embed-queued-title = Votre export attend son tour
embed-queued-position = { $position ->
    [1] C’est le prochain.
   *[other] Il est numéro { $position } dans la file d’attente.
}
embed-queued-again = La dernière tentative n’a pas abouti. La suivante commencera d’elle-même le { $date }.
embed-running-title = Vos données sont en cours de collecte
embed-planning = Recherche de ce qui vous appartient…
embed-step = { $total ->
    [one] { $done } sur { $total } table, { $rows } lignes
   *[other] { $done } sur { $total } tables, { $rows } lignes
}
embed-table = En cours : { $table }
embed-storing = Vérification et enregistrement du fichier…
embed-leave = Vous pouvez quitter cette page. L’export continue, et vous le retrouverez ici à votre retour.
embed-leave-with-mail = Vous pouvez quitter cette page. L’export continue, et vous recevrez un e-mail dès qu’il sera prêt.
embed-cancel = Annuler

embed-ready-title = Vos données sont prêtes
embed-ready-until = { $size }, disponible jusqu’au { $date }.
embed-download = Télécharger
embed-downloading = Le téléchargement commence. Si rien ne se passe, appuyez de nouveau sur le bouton.
embed-locked = Le fichier est chiffré : il ne s’ouvre qu’avec la clé privée correspondante.
embed-again = Créer un nouvel export
embed-again-from = Vous pourrez créer un nouvel export à partir du { $date }.

embed-cool-down-title = Vous pourrez créer votre prochain export à partir du { $date }
embed-cool-down-detail = Le dernier a été créé il y a peu de temps.
embed-failed-title = Votre export n’a pas abouti
embed-failed-detail = Rien n’a été modifié dans vos données. Veuillez réessayer. En cas de nouvel échec, indiquez ce numéro à l’assistance : { $id }
embed-too-large = Il y a plus de données que ce bouton ne peut en exporter. Veuillez demander votre export à l’assistance.
embed-retry = Réessayer
embed-cancelled-title = L’export a été annulé
embed-cancelled-detail = Rien n’en a été conservé.

embed-offline = Vous êtes hors ligne. La suite reprendra d’elle-même au retour de la connexion.
embed-unreachable = Pas de réponse pour le moment. Un nouvel essai aura lieu de lui-même…
embed-sign-in-title = Veuillez vous reconnecter
embed-sign-in-over = Votre session est terminée.
embed-sign-in-fresh = L’ensemble des données d’un compte n’est remis qu’à une personne qui vient de se connecter.
embed-continue = Continuer
embed-refused-title = Vos données ne peuvent pas être exportées ici
embed-refused-detail = Veuillez contacter l’assistance et lui indiquer ce mot : { $code }
