"""Who looks at documents and faces: our own reviewers, or a company that does it for us.

Every provider is asked through `interface.Provider` and answers with rows of `ProviderCheck`.
"""
