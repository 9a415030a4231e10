# Pages qui disent pourquoi il n’y a rien à faire ici, et quoi faire à la place.

refusal-anew = Vos données sont toujours là où elles étaient. Demandez un nouvel export à l’endroit où vous avez demandé celui-ci, et vous recevrez un nouveau lien.
refusal-anew-here = Vos données sont toujours là où elles étaient. Demandez un nouvel export, et vous recevrez un nouveau lien.
refusal-anew-button = Demander un nouvel export
refusal-not-found = Ce lien ne fonctionne pas
refusal-not-found-why = Il en manque peut-être une partie : les logiciels de messagerie coupent parfois les longs liens. Rouvrez le courriel et copiez le lien entier.
refusal-not-found-then = Si cela ne suffit pas, demandez un nouvel export.
refusal-revoked = Ce lien a été retiré
refusal-revoked-why = Une personne habilitée l’a retiré, pour que personne ne puisse plus s’en servir.
refusal-expired = Ce lien a expiré
refusal-expired-why = Les liens valent un temps limité, pour qu’un vieux courriel en de mauvaises mains ne mène nulle part.
refusal-deleted = Cette archive a été supprimée
refusal-deleted-why = Les archives ne sont conservées qu’un temps limité, puis supprimées.
refusal-used-up = Ce lien a déjà servi
refusal-used-up-why = Il donne vos données un nombre de fois limité, et il l’a fait. Un téléchargement interrompu peut être repris dans la liste des téléchargements de votre navigateur.
refusal-over = Ce téléchargement est terminé
refusal-over-why = Un téléchargement doit commencer dans les minutes qui suivent le clic et peut être repris pendant un jour.
refusal-over-then = Rouvrez votre lien et appuyez sur le bouton.
refusal-which-file = Quel fichier voulez-vous ?
refusal-which-file-why = Ce lien mène à plusieurs fichiers, et à aucun de ce nom. Rouvrez le lien et choisissez-en un.
refusal-sign-in = Connectez-vous pour télécharger
refusal-sign-in-why = Ce lien seul ne donne rien. Connectez-vous à { $product } comme d’habitude et ouvrez-y le téléchargement.
refusal-sign-in-button = Aller à { $product }
refusal-code-needed = D’abord, est-ce bien vous ?
refusal-code-needed-why = Ce lien demande un code reçu par courriel avant de donner quoi que ce soit, et celui que vous avez donné vaut dix minutes. Rouvrez le lien.
refusal-form = Ce formulaire ne compte pas
refusal-form-why = La page est restée ouverte trop longtemps, ou le formulaire n’a pas été envoyé depuis cette page. Rouvrez le lien et appuyez sur le bouton. Rien n’a été modifié.
refusal-not-a-code = Ce n’est pas un code
refusal-not-a-code-why = Un code a huit chiffres. Revenez en arrière et saisissez-le encore une fois ; cela n’a coûté aucun essai.
refusal-wait = Un instant, s’il vous plaît
refusal-wait-code = Un autre code peut être envoyé à partir du { $time }. Revenez en arrière et cherchez le dernier.
refusal-wait-why = Votre connexion a envoyé plus de demandes que d’habitude. Votre lien n’a rien.
refusal-wait-seconds = { $count ->
    [one] Réessayez dans { $shown } seconde.
   *[other] Réessayez dans { $shown } secondes.
}
refusal-wait-minutes = { $count ->
    [one] Réessayez dans { $shown } minute.
   *[other] Réessayez dans { $shown } minutes.
}
refusal-away = Cela ne fonctionne pas pour le moment
refusal-away-archive = L’archive est injoignable pour le moment. Réessayez dans quelques minutes.
refusal-away-why = Le service est injoignable pour le moment. Réessayez dans quelques minutes.
refusal-broken-why = Quelque chose s’est mal passé de notre côté, et nous avons noté quoi. Réessayez dans quelques minutes.
refusal-still-counts = Votre lien compte toujours.
refusal-number = Si vous demandez de l’aide, donnez ce numéro :
