"""Printed codes that bring people: parcel cards, stores, courses, and what each of them stands for."""
