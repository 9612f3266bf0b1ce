"""Page visits, only with consent."""
