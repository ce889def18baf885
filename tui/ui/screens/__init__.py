"""Screens: open a scope, bind views to widgets, turn messages into store intents."""
