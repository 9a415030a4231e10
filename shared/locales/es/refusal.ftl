link-not-found = Este enlace no funciona
