"""The Groovy front: reads the part of Groovy that mapping scripts are written in. Nothing of Java is needed or
reached."""
