link-not-found = Dieser Link funktioniert nicht
