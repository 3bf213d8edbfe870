"""Names for invented people, as mixed as a large English city's; some with letters that plain ASCII lacks."""

FAMILY = tuple(
    """
    Ahmed Ali Anderson Ashworth Baker Begum Bennett Booth Brooks Byrne Carter Chen Clarke Clegg Cohen Cooper
    Davies Diaz Edwards Entwistle Evans Fielding Fletcher García Green Gunn Hall Hamid Hargreaves Hassan
    Hill Hughes Hussain Ibrahim Iqbal Jackson Johnson Jones Kaur Kelly Khan King Kowalski Lee Lewis Lomax
    López Mahmood Malik Mensah Miah Mitchell Mohamed Moore Morgan Müller Murphy Nguyễn Novák Nowak O'Brien
    Okafor Osei Parker Patel Phillips Popescu Quinn Rahman Roberts Robinson Scott Sharif Sharma Shaw Singh
    Słowik Smith Szabó Taylor Thomas Turner Usman Walker Ward Warburton White Williams Wilson Wong Wood
    Wright Young
    """.split()  # noqa: SIM905 — a hundred quoted names would take a hundred lines
)
GIRLS = tuple(
    """
    Abigail Aisha Amelia Amina Anna Ava Chloe Daisy Ella Emily Emma Fatima Florence Freya Grace Hannah Inès
    Isla Jessica Khadija Lily Lucy Maryam Mia Nadia Olivia Poppy Priya Renée Ruby Sara Siân Sophie Yasmin Zoë
    """.split()  # noqa: SIM905
)
BOYS = tuple(
    """
    Adam Ahmed Alfie Ali Arthur Ben Callum Daniel David Ethan Finn George Harry Hassan Ibrahim Jack Jakub
    James José Joseph Kai Leo Liam Lucas Mohammed Muhammad Noah Oliver Oscar Rhys Ryan Samuel Thomas William
    Yusuf
    """.split()  # noqa: SIM905
)
