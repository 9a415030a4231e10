# Pages that say why there is nothing to do here.

link-not-found = This link does not work
