"""Given names that one person goes by: short forms, and the same name in neighbouring languages."""

from __future__ import annotations

# Each line is one name; its words stand for each other. A short form of several names stands on several lines.
_GROUPS = """
abigail abby abbie gail|abraham abe bram|adrian adrien adriano|agnes agnieszka|albert al bert alberto|aleksander aleksandr alexander alexandre
alejandro alessandro alex sasha sandy alec oleksandr|alexandra sandra alex sasha sandy alejandra|alfred fred alf alfredo|alice alicia|alison
ally|amanda mandy|andrew andy drew andreas andre andrei andrey andrea andrzej|angela angie|ann anne anna annie nancy ana hannah|anthony tony antonio
antoine anton antony|arthur art arturo|augustine gus agustin|barbara barb babs barbra|bartholomew bart|beatrice bea beatriz|benedict ben
benny|benjamin ben benny|bernard bernie bernardo|bradley brad|caroline carolyn carol carrie carolina|catherine katherine kathryn cathy kathy kate
katie kat catharine katarina ekaterina catalina kathleen|charles charlie chuck carlos carl karl|charlotte lottie|christian chris cristian|christina
tina chris christine cristina kristina kristine|christopher chris kit topher|clifford cliff|cynthia cindy|daniel dan danny daniele danilo|danielle
dani|david dave davey|deborah deb debbie debra|dmitri dmitry dmitrii dima|dominic dominik nick|donald don donny|dorothy dot dottie dorothea|douglas
doug|edmund ed ned|edward ed eddie ted ned eduardo eduard|edwin ed|eleanor ellie nora|elizabeth liz beth lisa betty eliza elisabeth bess libby elsa
isabel|emily em emmy|enrique henry harry heinrich hank enrico henri|eric erik erich|eugene gene evgeny evgenii eugenio|evelyn eve|felix
felicia|florence flo|frances fran francesca|francis frank fran francisco francesco franz francois paco|frederick fred freddie frederic federico
friedrich|gabriel gabe gabriele|gabrielle gabby|geoffrey geoff jeffrey jeff|george jorge giorgio georg yuri jerzy|gerald gerry jerry|gerard
gerry|gregory greg grigory|guillermo william bill will billy willie liam wilhelm guillaume|harold harry hal|helen helena elena nell|herbert herb
bert|howard howie|hubert bert|ian iain|ignacio nacho|irene irina|isaac ike|isabella bella isabel|jacob jake jakob|jacqueline jackie|jaime james jim
jimmy jamie|janet jan|jean john ivan jan johan johann johannes giovanni juan ioannis hans jack johnny ian|jennifer jen
jenny|jeremy jerry jeremiah|jessica jess jessie|joao john|joel joe|joseph joe joey jose giuseppe josef pepe|jonathan jon nathan johnny|joshua
josh|judith judy judi|julia julie giulia yulia|julian jules|karen caren|kenneth ken kenny|kimberly kim|konstantin costas kostas constantine|laurence
lawrence larry lorenzo laurent lars|leonard len lenny leo|leopold leo|leslie les|lewis lou louis luis luigi|louise lou luisa|lucas luke luca|lucy
lucia|ludwig louis|magdalena magda|malcolm mal|manuel manny manolo|margaret maggie meg peggy marge greta margarita marguerite|maria marie mary
maryam|mark marc marco marcus marcos|martha marty|martin marty|matthew matt matthias matteo mateo|maurice maury|maximilian max|maxwell max|melissa
mel|michael mike mick mickey michel miguel michele mikhail mikael misha|michelle shelly|mohammad mohammed muhammad mohamed mohamad|mitchell
mitch|nathaniel nathan nate nat|nathan nate|nicholas nick nicolas nikolaos nikolai nicola nico nicky klaus|nicole nicky|oliver ollie olivier|olga
olya|pamela pam|patricia pat patty trish trisha tricia|patrick pat paddy|paul pablo paolo pavel|pavlos paul|peter pete pedro pietro pierre piotr
petr|philip phil phillip philippe felipe filippo|rachel rachael raquel|ralph rafe|randall randy|raymond ray|rebecca becky becca|reginald reg
reggie|richard rick dick ricky rich ricardo riccardo|robert bob rob bobby robbie bert roberto|roderick rod|rodney rod|roger rog ruggero|roland rolando
orlando|ronald ron ronnie|rosemary rose rosie|rudolf rudy|russell russ|ryszard richard|samantha sam|samuel sam sammy|sarah sally sara|scott
scotty|sebastian seb|sergei sergey sergio serge|sharon shari|sidney sid|simon simone|sophia sofia sophie|stanley stan|stephanie steph|stephen steven
steve stefan stephan esteban stefano etienne|stuart stu stewart|susan sue suzanne susanna suzy|suzanne sue|sylvia silvia|terence terry|teresa theresa
terry tess|thaddeus tad ted|theodore ted teddy theo|thomas tom tommy tomas tommaso|timothy tim|tobias toby|tracy tracey|valerie val|vasily vasilis
basil|veronica ronnie|victor vic viktor vittorio|victoria vicky tori|vincent vince vincenzo vicente|virginia ginny|vladimir vlad volodymyr|walter walt
wally|wendy gwendolyn|wilfred will fred|winston win|yakov jacob|yosef joseph|yves ivo|zachary zach zack
"""
_LINES = [frozenset(group.split()) for group in _GROUPS.split("|")]
_BY_NAME: dict[str, set[int]] = {}
for _n, _line in enumerate(_LINES):
    for _name in _line:
        if len(_name) > 1:
            _BY_NAME.setdefault(_name, set()).add(_n)


def is_nickname(one: str, other: str) -> bool:
    """Whether two folded given names are forms of one name: "bob" and "robert", "katherine" and "ekaterina"."""
    return bool(_BY_NAME.get(one, set()) & _BY_NAME.get(other, set()))


def is_western(name: str) -> bool:
    """Whether a folded given name is one of these: "anna" could be cut into syllables of pinyin as well."""
    return name in _BY_NAME


def forms_of(name: str) -> set[str]:
    """The other forms of a folded given name."""
    return {form for n in _BY_NAME.get(name, ()) for form in _LINES[n]} - {name}
