"""What several chapters stand on. A chapter imports nothing from another one: what two need comes here."""
