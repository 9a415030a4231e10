# Courriels. $product est le nom du produit ; moments, jours et tailles arrivent écrits comme dans la langue.

mail-not-working = Si le bouton ne fonctionne pas, copiez cette adresse dans votre navigateur :
mail-help-mail = Besoin d’aide ? Écrivez à { $help }.
mail-help-page = Besoin d’aide ? Vous la trouverez sur { $help }.
mail-why-export = Vous recevez ce message parce que votre adresse a été indiquée lors d’une demande d’export de vos données de { $product }.
mail-why-schedule = Vous recevez ce message parce que votre adresse figure dans cette planification d’exports.
mail-unsubscribe-reminders = Vous ne souhaitez plus recevoir de tels rappels ? Arrêtez-les ici :
mail-unsubscribe-schedule = Vous ne souhaitez plus recevoir de messages sur cette planification ? Arrêtez-les ici :
mail-not-you = Si vous n’avez rien demandé, vous pouvez ignorer ce message ; pensez toutefois à prévenir les responsables de { $product }.

mail-ready-subject = { $product } : l’export de vos données est prêt
mail-ready-title = Vos données sont prêtes
mail-ready-file = L’export de vos données de { $product } est terminé. Il s’agit d’un fichier ZIP.
mail-ready-files = L’export de vos données de { $product } est terminé. Il s’agit d’un ensemble de fichiers.
mail-ready-file-locked = L’export de vos données de { $product } est terminé. Il s’agit d’un fichier ZIP chiffré.
mail-ready-files-locked = L’export de vos données de { $product } est terminé. Il s’agit d’un ensemble de fichiers chiffrés.
mail-download = Ouvrir la page de téléchargement
mail-size = Taille
mail-page-until = La page fonctionne jusqu’au
mail-deleted-at = Il sera supprimé le
mail-limit =
    { $times ->
        [one] Vous pouvez le télécharger une seule fois.
       *[other] Vous pouvez le télécharger { $times } fois.
    }
mail-asks-code = Pour votre sécurité, la page enverra un code à cette adresse avant de fournir quoi que ce soit.
mail-asks-signed-in = Pour votre sécurité, vous ne pouvez le télécharger que si vous êtes connecté à { $product }.
mail-locked = L’archive est chiffrée. Seules ces clés l’ouvrent :
mail-locked-how = Téléchargez-la, puis exécutez cette commande dans un terminal, avec votre clé privée dans { $file } :
mail-locked-lost = Nous ne pouvons pas l’ouvrir non plus, ni vous aider si les clés privées sont perdues.
mail-start-file = Dans le fichier, ouvrez d’abord START-HERE.html. Il explique ce que le fichier contient et comment l’utiliser.
mail-start-files = Parmi les fichiers, ouvrez d’abord START-HERE.html. Il explique ce qu’ils contiennent et comment les utiliser.
mail-private = Le lien mène à vos données : ne transférez pas ce message.

mail-failed-subject = { $product } : l’export de vos données n’a pas abouti
mail-failed-title = L’export de vos données n’a pas abouti
mail-failed-what = Le { $asked }, un export de vos données de { $product } a été demandé. Il n’a pas pu être terminé ; rien n’a donc été envoyé à qui que ce soit. Vos données elles-mêmes n’ont pas changé.
mail-failed-again = Ce que vous pouvez faire : demandez un nouvel export, comme la première fois. Souvent, cela suffit.
mail-failed-button = Demander un nouvel export
mail-failed-help = S’il échoue encore, écrivez à { $help } en indiquant ce numéro. Il leur montrera ce qui n’a pas fonctionné :
mail-failed-help-page = S’il échoue encore, rendez-vous sur { $help } en indiquant ce numéro. Il leur montrera ce qui n’a pas fonctionné :
mail-failed-people = S’il échoue encore, prévenez les responsables de { $product } en indiquant ce numéro. Il leur montrera ce qui n’a pas fonctionné :

mail-expiring-subject = { $product } : l’export de vos données sera supprimé le { $day }
mail-expiring-title = L’export de vos données sera bientôt supprimé
mail-expiring-what = Un export de vos données de { $product } est prêt depuis le { $ready }, et personne ne l’a encore téléchargé. Il sera supprimé le { $end }.
mail-expiring-need = Si vous souhaitez le conserver, téléchargez-le avant cette date. Si vous n’en avez pas besoin, vous n’avez rien à faire : vous pouvez demander un nouvel export à tout moment.

mail-code-subject = { $product } : votre code pour le téléchargement
mail-code-title = Votre code
mail-code-what = Quelqu’un a ouvert le lien vers vos données de { $product } et a demandé un code. Le voici :
mail-code-until = Il est valable une seule fois, jusqu’au { $until }. Saisissez-le sur la page qui vous l’a demandé.
mail-code-secret = Ne communiquez ce code à personne, pas même à quelqu’un qui dit travailler pour { $product } : avec le lien, il donne accès à vos données.
mail-code-not-you = Si ce n’était pas vous, quelqu’un d’autre a votre lien. Sans ce code, cette personne n’obtient rien ; prévenez toutefois les responsables de { $product }.

mail-run-failed-subject = { $product } : une exécution planifiée d’exports a échoué
mail-run-failed-title = Une exécution planifiée d’exports a échoué
mail-paused-subject = { $product } : une planification d’exports est en pause
mail-paused-title = Une planification d’exports est en pause
mail-run-failed-what = Une exécution de la planification « { $name } », commencée le { $began }, a échoué.
mail-run-failed-count =
    { $all ->
        [one] Son unique export a échoué.
       *[other] { $failed } de ses { $all } exports ont échoué.
    }
mail-run-failed-missing = Tous les exports n’ont pas pu être demandés.
mail-run-failed-on = La planification continue et s’exécutera de nouveau à l’heure prévue.
mail-paused-why =
    { $failures ->
        [one] La planification est donc en pause : elle n’exporte plus rien tant que personne ne la relance.
       *[other] Avec celle-ci, { $failures } exécutions d’affilée ont échoué. La planification est donc en pause : elle n’exporte plus rien tant que personne ne la relance.
    }
mail-paused-how = Une fois la cause corrigée, relancez-la avec cette requête :
mail-run-numbers = La cause de l’échec se trouve sous ces numéros :
mail-schedule = Planification
mail-run = Exécution

# La page qui arrête des courriels.

mail-stop-reminders = Arrêter ces rappels ?
mail-stop-reminders-what = Vous ne recevrez plus de messages vous rappelant un export que personne n’a téléchargé. Les messages annonçant qu’un export est prêt ou n’a pas abouti continueront d’arriver.
mail-stop-schedule = Arrêter les messages sur cette planification ?
mail-stop-schedule-what = Vous ne serez plus prévenu lorsqu’une exécution de cette planification échoue ou lorsqu’elle est mise en pause. Assurez-vous que quelqu’un d’autre le soit.
mail-stop-button = Les arrêter
mail-stopped = C’est fait : ils sont arrêtés
mail-stopped-what = Vous pouvez fermer cette page. En cas d’erreur, vous pouvez revenir en arrière ici.
mail-stopped-undo = Les recevoir à nouveau
mail-wanted = C’est fait : vous les recevrez à nouveau
mail-wanted-what = Tout est comme avant. Vous pouvez fermer cette page.
mail-stop-unknown = Ce lien ne fonctionne pas
mail-stop-unknown-what = Il en manque peut-être une partie : les programmes de messagerie coupent parfois les longs liens. Rouvrez le message et copiez le lien en entier.
