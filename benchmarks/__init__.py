"""Measured claims: what the product costs beside a floor, a naive build and other packages."""
