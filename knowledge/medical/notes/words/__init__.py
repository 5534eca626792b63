"""Which words of a note name something: findings, diseases, drugs and procedures, misspelt ones too."""
