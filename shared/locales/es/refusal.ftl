# Páginas que dicen por qué aquí no hay nada que hacer y qué hacer en su lugar.

refusal-anew = Sus datos siguen donde estaban. Pida una nueva exportación en el lugar donde pidió esta y recibirá un enlace nuevo.
refusal-anew-here = Sus datos siguen donde estaban. Pida una nueva exportación y recibirá un enlace nuevo.
refusal-anew-button = Pedir una nueva exportación
refusal-not-found = Este enlace no funciona
refusal-not-found-why = Puede que falte una parte: los programas de correo a veces parten los enlaces largos. Abra el correo de nuevo y copie el enlace completo.
refusal-not-found-then = Si eso no ayuda, pida una nueva exportación.
refusal-revoked = Este enlace fue retirado
refusal-revoked-why = Alguien que puede hacerlo lo ha retirado para que nadie más pueda usarlo.
refusal-expired = Este enlace ha caducado
refusal-expired-why = Los enlaces valen un tiempo limitado, para que un correo antiguo en malas manos no lleve a ninguna parte.
refusal-deleted = Este archivo fue eliminado
refusal-deleted-why = Los archivos se conservan solo un tiempo limitado y después se eliminan.
refusal-used-up = Este enlace ya se usó
refusal-used-up-why = Entrega sus datos un número limitado de veces, y ya lo ha hecho. Una descarga interrumpida se puede reanudar en la lista de descargas de su navegador.
refusal-over = Esta descarga ha terminado
refusal-over-why = Una descarga tiene que empezar pocos minutos después del clic y se puede reanudar durante un día.
refusal-over-then = Abra su enlace de nuevo y pulse allí el botón.
refusal-which-file = ¿Qué archivo desea?
refusal-which-file-why = Este enlace lleva a varios archivos y a ninguno con ese nombre. Abra el enlace de nuevo y elija uno.
refusal-sign-in = Inicie sesión para descargar
refusal-sign-in-why = Este enlace por sí solo no entrega nada. Inicie sesión en { $product } como siempre y abra la descarga allí.
refusal-sign-in-button = Ir a { $product }
refusal-code-needed = Primero, ¿es usted?
refusal-code-needed-why = Este enlace pide un código de un correo antes de entregar nada, y el que dio vale diez minutos. Abra el enlace de nuevo.
refusal-form = Este formulario no cuenta
refusal-form-why = La página estuvo abierta demasiado tiempo, o el formulario no se envió desde esta página. Abra el enlace de nuevo y pulse allí el botón. No se ha cambiado nada.
refusal-not-a-code = Eso no es un código
refusal-not-a-code-why = Un código tiene ocho cifras. Vuelva atrás y escríbalo otra vez; esto no ha gastado ningún intento.
refusal-wait = Espere un momento, por favor
refusal-wait-code = Se puede enviar otro código a partir del { $time }. Vuelva atrás y busque el último.
refusal-wait-why = Desde su conexión han llegado más peticiones de lo habitual. Su enlace está bien.
refusal-wait-seconds = { $count ->
    [one] Inténtelo de nuevo en un segundo.
   *[other] Inténtelo de nuevo en { $shown } segundos.
}
refusal-wait-minutes = { $count ->
    [one] Inténtelo de nuevo en un minuto.
   *[other] Inténtelo de nuevo en { $shown } minutos.
}
refusal-away = Esto no funciona ahora mismo
refusal-away-archive = Ahora mismo no se puede acceder al archivo. Inténtelo de nuevo en unos minutos.
refusal-away-why = Ahora mismo no se puede acceder al servicio. Inténtelo de nuevo en unos minutos.
refusal-broken-why = Algo ha fallado por nuestra parte y hemos anotado qué. Inténtelo de nuevo en unos minutos.
refusal-still-counts = Su enlace sigue valiendo.
refusal-number = Si pide ayuda, indique este número:
