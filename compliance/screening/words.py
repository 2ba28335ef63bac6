"""Words that say little about who somebody is: titles, particles, company forms, generic words;
and given names that go by others. All as `folding.py` leaves them: ASCII, lower case.
"""

from __future__ import annotations

TITLES = frozenset(
    """mr mrs ms miss mister madam madame mme mlle monsieur m herr frau senor senora srta
    dona dr doctor doktor prof professor ing eng engr engineer rev reverend sir hon
    honourable honorable excellency he his her president prasident presidente minister
    emir amir sheikh shaikh shaykh sheik cheikh sayyid sayyed sayed seyed syed said
    hajji haji hajj hadji hadj alhaji mullah mulla mawlawi maulavi maulvi molvi
    mawlana maulana qari hafiz ustad ustadh imam ayatollah hojjatoleslam colonel col
    captain capt lieutenant lt sergeant sgt brigadier admiral commander gospodin jr sr
    esq phd md gospodina grazhdanin""".split()
)
# Titles that are also names: they are worth little, but are not thrown away.
NAMES_TOO = frozenset(
    """amir emir sayyid sayyed sayed seyed syed said haji hajji qari hafiz imam sheikh
    shaikh shaykh sheik mullah mulla""".split()
)
# Before a name of its own: "Abu Omar" is another man than Omar.
KUNYA = frozenset("abu abou abi umm um".split())
PARTICLES = frozenset(
    """al el ud ur as ad ar at az ash bin ben ibn bint bent binti ibni of the de da do
    dos das di del della der den van von vom zu zum les du des and und et bn""".split()
)
FORMS = frozenset(
    """ag aktiengesellschaft gmbh mbh kg kgaa ohg ev eg se sce sa sas sarl sasu snc scs
    sci spa srl sapa scarl bv nv cv vof bvba sprl scrl asbl vzw ltd limited ltda
    limitada plc llc llp lp lllp pllc inc incorporated corp corporation co company cia
    compania ca pty pte pvt pt tbk sdn bhd kk gk yk ab as asa aps oy oyj hf ehf ou uab
    sia doo dd ad eood ood jsc ojsc pjsc cjsc oao zao pao ooo ao ano tov tdv pat prat
    ooo fze fzc fzco fzllc wll bsc saog saoc kft zrt bt nyrt sro spol as vos ks zoo
    ska sp spzoo sl slu slne cb scoop coop sal saal psc na nb trust fund foundation
    stiftung stichting eireli me epp ltee enr dac uc clg teo pc lc eurl gie eeig ae
    epe ike ee oe md ehf sociedade sociedad anonima societe anonyme public private
    joint stock open closed liability responsabilidad tovaristvo obshchestvo
    obschestvo aktsionernoe otkrytoe zakrytoe publichnoe ogranichennoy
    otvetstvennostyu akg kompani jsco""".split()
)
# Several words that mean one form, longest first.
PHRASES = (
    "gesellschaft mit beschrankter haftung",
    "obshchestvo s ogranichennoy otvetstvennostyu",
    "obschestvo s ogranichennoi otvetstvennostyu",
    "obshestvo s ogranichennoy otvetstvennostyu",
    "otkrytoe aktsionernoe obshchestvo",
    "zakrytoe aktsionernoe obshchestvo",
    "publichnoe aktsionernoe obshchestvo",
    "aktsionernoe obshchestvo",
    "societatea cu raspundere limitata",
    "sociedad de responsabilidad limitada",
    "societa a responsabilita limitata",
    "sociedad anonima de capital variable",
    "societe a responsabilite limitee",
    "societa per azioni",
    "sociedad anonima",
    "sociedade anonima",
    "societe anonyme",
    "public joint stock company",
    "open joint stock company",
    "closed joint stock company",
    "private joint stock company",
    "joint stock company",
    "public limited company",
    "limited liability company",
    "limited liability partnership",
    "limited partnership",
    "private limited company",
    "company limited",
    "free zone establishment",
    "free zone company",
    "s a de c v",
    "sa de cv",
    "sp z o o",
    "sp z oo",
    "spolka z o o",
    "spol s r o",
    "spol s ro",
)
# Words that thousands of companies share: they count for less, matched or not.
GENERIC = frozenset(
    """group gruppe grupo groupe holding holdings international global worldwide
    enterprise enterprises industry industries industrial industrie trading trade
    import export general commercial services service solutions systems system
    technology technologies tech management consulting partners capital investment
    investments invest finance financial bank banking insurance real estate property
    development engineering construction shipping maritime marine transport logistics
    aviation airlines energy oil gas petroleum petrochemical mining steel metals
    chemical chemicals pharmaceutical foods food agro textile motor motors auto
    electronics electric electrical telecom media institute centre center organization
    organisation association society committee council union federation ministry
    department government state national central united public factory plant works
    zavod bureau office agency authority university academy college school hospital
    foundation fund trust charity relief aid business exchange network security
    securities equipment products manufacturing machinery branch military health""".split()
)
PLACES = frozenset(
    """europe asia africa america usa us uk china russia germany france italy spain india
    iran iraq syria turkey japan korea canada brazil mexico chile uae dubai london
    singapore switzerland schweiz suisse hong kong middle east north south west
    deutschland nederland netherlands""".split()
)
VESSEL_PREFIXES = frozenset("mv mt ms ss mts mvs my sv fv".split())
NUMBERS = {
    word: str(value)
    for value, words in enumerate(
        (
            "zero",
            "one first 1st i",
            "two second 2nd ii",
            "three third 3rd iii",
            "four fourth 4th iv",
            "five fifth 5th v",
            "six sixth 6th vi",
            "seven seventh 7th vii",
            "eight eighth 8th viii",
            "nine ninth 9th ix",
            "ten tenth 10th",
            "eleven eleventh 11th",
            "twelve twelfth 12th",
        )
    )
    for word in words.split()
    if word not in ("i", "v", "ii", "iii", "iv", "vi", "vii", "viii", "ix")
}
TENS = {
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fourty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
}
SHORT_FOR = {
    "intl": "international",
    "int": "international",
    "natl": "national",
    "mfg": "manufacturing",
    "dept": "department",
    "govt": "government",
    "univ": "university",
    "bros": "brothers",
    "assn": "association",
    "org": "organization",
    "organisation": "organization",
    "labour": "labor",
    "centre": "center",
    "tech": "technology",
    "engg": "engineering",
    "ind": "industries",
    "bldg": "building",
    "svcs": "services",
    "us": "usa",
}
# Each line: names that the same person may go by.
_SAME = """
    alexander alexandre alejandro alessandro aleksandr aleksandar oleksandr alex sasha alec iskander
    alexandra aleksandra oleksandra alessandra sasha sandra
    alexei aleksei alexey aleksey alyosha oleksiy
    andrew andreas andre andrei andrey andriy andrzej andy drew ondrej
    anthony antony antonio anton antoine tony toni
    benjamin binyamin benyamin ben benny bibi
    bartholomew bart
    catherine katherine kathryn katarina ekaterina yekaterina kate katie kathy katya cathy
    charles carlos karl carl charlie chuck karol
    christopher chris kris cristobal
    christian cristian kristian chris
    daniel dan danny danil daniil danylo
    david dave davey daud dawud daoud davit
    dmitry dmitri dmitriy dmytro dima mitya
    donald don donny
    edward eduard eduardo ed eddie ted ned
    elizabeth elisabeth elisaveta liz lisa beth betty eliza
    emmanuel emanuel manuel immanuel
    evgeny yevgeny evgeniy yevgeniy evgenii eugene yevhen zhenya gene
    francis frank francisco francesco francois franz pancho paco
    frederick frederic fred freddy
    gabriel gavril gabe jibril
    george georg georges jorge giorgi georgy georgiy yuri yuriy yury iurii
    gregory grigory grigoriy greg hryhoriy gregorio
    henry henri heinrich enrique harry hank
    ibrahim ebrahim abraham avraham abe ibraheem
    ilya elijah elias ilyas iliya
    isaac ishaq ishak yitzhak isak
    ismail ishmael ismael esmail
    jacob jakob yakov yakub yaqub yaqoub jake james jacques diego
    john jon johann johannes jean juan giovanni ivan jan johnny jack sean ian yohanna ioannis
    joseph josef jose giuseppe yusuf yousef youssef yosef iosif joe joey
    katrin katharina catalina
    konstantin constantine kostya costas
    lawrence laurence lorenzo larry laurent
    leo lev leon leonid
    louis luis luigi ludwig lewis
    margaret margarita maggie peggy meg greta
    mark marc marco marcus marko
    mary maria marie mariam maryam miriam
    matthew matteo mateo matthias matt matvey
    michael mikhail michel miguel michal mykhailo mike mick misha mihail
    moses musa moshe moussa moisei
    nathaniel nathan nate
    nicholas nicolas nikolai nikolay nikola nick nico mykola kolya klaus nicola
    noah nuh
    oleg oleh
    patrick patricio pat paddy
    paul pablo paulo paolo pavel pavlo
    peter pedro pierre pietro pyotr petr petro pete
    philip phillip philippe felipe filip phil
    richard ricardo rick dick rich richie
    robert roberto bob bobby rob robbie
    samuel sam sammy shmuel
    sergey sergei sergej serhiy sergio serge sergiy serhii serj
    simon semyon simeon shimon szymon
    solomon sulayman suleiman sulaiman suleyman
    stephen steven stefan stepan steve esteban etienne stephan
    susan susanne susanna sue
    svetlana sveta
    tatiana tatyana tetiana tanya
    theodore theodor fyodor fedor teodor ted teddy
    thomas tomas tommaso tom tommy tomasz foma
    timothy timofey tim timmy
    vasily vasiliy vasyl basil vasili
    victor viktor vik
    vladimir wladimir volodymyr wolodymyr vova volodya vladymir vlad
    vyacheslav viacheslav slava
    walter wally gualtiero
    william wilhelm guillaume guillermo bill billy will willy liam
    yahya yahia john
    zachary zack zak
    barack barry
    edmund edmond
    muhammad mohammed mohammad mohamed mohamad muhammed mehmet mohd md muhamad mohamud
    ahmad ahmed ahmet akhmad achmad akhmed
    abdullah abdallah abdulla abdollah
    hussein husayn hussain husain hossein hoseyn hussien husein
    hasan hassan
    umar omar omer
    usman othman uthman osman
    osama usama ussama
    qasim kasim qassem qasem kassem ghasem
    khalid khaled
    mahmud mahmoud mahmood
    said saeed saied
    mustafa mostafa moustafa mustapha
    jamal gamal djamel jamel cemal
    jafar jaafar djafar
    yasin yassin yaseen
    nasir nasser naser
    tariq tarek tarik
    faisal faysal feisal
    uday oday udai
""".strip().splitlines()
NICKNAMES: dict[str, frozenset[int]] = {}
for _number, _line in enumerate(_SAME):
    for _name in _line.split():
        NICKNAMES[_name] = NICKNAMES.get(_name, frozenset()) | {_number}
# Names that so many people bear that one of them alone tells nobody from another.
COMMON = frozenset(NICKNAMES) | frozenset(
    """ali khan kim lee li singh kumar abd malik haji bilal karim rashid salim samir
    walid ziad adnan anwar aziz bashir fadi farid ghazi habib hamid hamza haroun imran
    jabir kamal latif majid marwan mahdi mansur mansour murad nabil nadir rafiq rahim
    rahman sabir saleh salih sharif taha wahid yasir zahir zubair rauf rehman anna
    maria wang zhang chen liu yang nguyen park choi jung ivanov smith johnson jones
    shah noor jan akhund""".split()
)


def same_given_name(left: str, right: str) -> bool:
    """Are these two forms of one given name?"""
    mine = NICKNAMES.get(left)
    return mine is not None and not mine.isdisjoint(NICKNAMES.get(right, ()))
