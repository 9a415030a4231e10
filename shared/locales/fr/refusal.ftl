link-not-found = Ce lien ne fonctionne pas
